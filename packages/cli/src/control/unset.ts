import { controlKey, type ControlScope } from '@watchword/contracts';
import type { Terminal } from '../terminal.ts';
import type { ControlTable } from './control-table.ts';
import { describeScope } from './describe-control.ts';
import { tellFormer } from './set.ts';

/** Of a tenant or provider that has left the configuration too. @returns the exit code: 1 where nothing was set */
export async function unsetControl(
  table: ControlTable,
  { scope, by }: { scope: ControlScope; by: string },
  terminal: Terminal,
): Promise<number> {
  const rows = await table.read();
  const key = controlKey(scope);
  if (!rows.some((row) => row.key === key)) {
    terminal.err(`Nothing is set for ${describeScope(scope)}. \`watchword control list\` shows what is.`);
    return 1;
  }
  await table.unset(scope, by);
  terminal.out(`Unset for ${describeScope(scope)}.`);
  tellFormer(rows, key, terminal);
  return 0;
}
