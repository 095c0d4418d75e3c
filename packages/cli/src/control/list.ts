import { renderAge, renderTable } from '../render.ts';
import type { Terminal } from '../terminal.ts';
import type { ControlTable } from './control-table.ts';
import { describeAsked, rankOf } from './describe-control.ts';

const HEADS = ['TENANT', 'COUNTRY', 'CHANNEL', 'ASKED FOR', 'BY', 'AGE', 'REASON'];
const ALL = 'all';

/** @returns the exit code */
export async function listControls(
  table: Pick<ControlTable, 'read'>,
  { json }: { json: boolean },
  terminal: Terminal,
  nowMs: number,
): Promise<number> {
  const rows = await table.read();
  const controls = rows
    .flatMap((row) => ('control' in row ? row.control : []))
    .toSorted((one, other) => rankOf(other) - rankOf(one));
  for (const row of rows)
    if ('unreadable' in row) terminal.err(`${row.key} cannot be read, and delivery skips it: ${row.unreadable}.`);
  if (json) {
    terminal.out(JSON.stringify({ controls }, undefined, 2));
    return 0;
  }
  if (controls.length === 0) {
    terminal.out('Nothing is asked for: the configuration and the scores decide.');
    return 0;
  }
  const cells = controls.map((control) => [
    control.tenant ?? ALL,
    control.country ?? ALL,
    control.channel ?? ALL,
    describeAsked(control),
    control.set_by,
    renderAge(nowMs - control.set_at),
    control.reason ?? '',
  ]);
  for (const line of renderTable(HEADS, cells)) terminal.out(line);
  return 0;
}
