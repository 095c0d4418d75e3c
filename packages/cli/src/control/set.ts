import { controlKey } from '@watchword/contracts';
import type { Terminal } from '../terminal.ts';
import type { AskedControl } from './command.ts';
import type { ControlRow, ControlTable } from './control-table.ts';
import { describeAsked, describeScope, isNarrower } from './describe-control.ts';
import { judgeControl, type JudgedConfig } from './judge-control.ts';

/** @returns the exit code: 2 where it could never work */
export async function setControl(
  table: ControlTable,
  config: JudgedConfig,
  { control }: { control: AskedControl },
  terminal: Terminal,
  nowMs: number,
): Promise<number> {
  const { faults, warnings } = judgeControl(control, config);
  for (const line of [...faults, ...warnings]) terminal.err(line);
  if (faults.length > 0) return 2;
  const rows = await table.read();
  await table.set({ ...control, set_at: nowMs });
  terminal.out(`Set for ${describeScope(control)}: ${describeAsked(control)}.`);
  tellFormer(rows, controlKey(control), terminal);
  for (const row of rows) {
    if ('control' in row && isNarrower(row.control, control))
      terminal.err(`For ${describeScope(row.control)} something narrower counts: ${describeAsked(row.control)}.`);
  }
  return 0;
}

/** What the key held. */
export function tellFormer(rows: readonly ControlRow[], key: string, terminal: Terminal): void {
  const former = rows.find((row) => row.key === key);
  if (former && 'control' in former)
    terminal.out(`Before, set by ${former.control.set_by}: ${describeAsked(former.control)}.`);
}
