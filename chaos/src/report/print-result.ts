import type { Breach } from '../reconcile/breach.ts';
import type { History } from '../reconcile/history.ts';
import { renderTimeline } from '../reconcile/timeline.ts';
import { TOOL_LAG_MAX_MS, countBreaches, verdictOf, type Result } from './result.ts';

/** Broken ones whose whole story is told. */
const TOLD_MAX = 3;
const IDS_MAX = 10;

export function printResult(result: Result, history: History, print: (line: string) => void): void {
  const { figures, recovery, processes } = result;
  const { duplicates } = figures;
  const excused = (kind: Breach['kind']): string => {
    const { broken, excused } = countBreaches(result, kind);
    return excused === 0 ? `${broken}` : `${broken} (and ${excused} that the promises except)`;
  };
  const rows: [string, string][] = [
    ['asked / accepted', `${figures.asked} / ${figures.accepted}`],
    ['calls made again', list(figures.faults)],
    ['reached the inbox', `${figures.reached}`],
    ['approved', `${figures.approved}`],
    ['ended', list(figures.outcomes)],
    [
      'duplicates',
      `${duplicates.doubtful} of doubtful attempts, ${duplicates.recovered} after a loss, ${duplicates.uncounted} not counted, at most ${duplicates.perSendMax} for a send`,
    ],
    ['unknown results', `${figures.unknowns}; sends counted as recovered ${figures.recoveredSends}`],
    ['lost, unreached', `${excused('lost')}, ${excused('unreached')}`],
    ['approved twice', excused('approvedTwice')],
    ['stuck, resurrected', `${excused('stuck')}, ${excused('resurrected')}`],
    ['events missing', excused('missingEvent')],
    ['dead letters', excused('deadLetter')],
    ['misjudged, untold', `${excused('misjudged')}, ${excused('untold')}`],
    [
      'recovery',
      `${recovery.seconds.toFixed(1)} s (at most ${recovery.secondsMax}); ${recovery.late} came later than ${Math.round(recovery.normalMs)} ms, the latest after ${Math.round(recovery.slowestMs)} ms`,
    ],
    ['processes', `killed ${processes.killed}, crashed ${processes.crashed}, restarted ${processes.restarted}`],
  ];
  if (result.toolLagMs > TOOL_LAG_MAX_MS) {
    const text = `this machine had no time for the tool for up to ${result.toolLagMs} ms: what took long may be its doing`;
    rows.push(['beware', text]);
  }
  for (const note of result.notes) rows.push(['note', note]);
  for (const [name, text] of rows) print(`  ${name.padEnd(20)} ${text}`);
  const verdict = verdictOf(result);
  print(verdict.length === 0 ? `  every promise held` : `  BROKEN: ${verdict.join('; ')}`);
  printBroken(result, history, print);
}

/** `503 × 4, ECONNREFUSED × 2`, the most frequent first. */
function list(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  return sorted.length === 0 ? 'none' : sorted.map(([name, count]) => `${name} × ${count}`).join(', ');
}

function printBroken({ breaches }: Result, history: History, print: (line: string) => void): void {
  const broken = Map.groupBy(
    breaches.filter(({ excused }) => !excused),
    ({ kind }) => kind,
  );
  for (const [kind, found] of broken) {
    print(`\n  ${kind}:`);
    for (const { id, detail } of found.slice(0, IDS_MAX)) print(`    ${id}: ${detail}`);
    if (found.length > IDS_MAX) print(`    and ${found.length - IDS_MAX} more`);
  }
  const ids = [...new Set([...broken.values()].flat().map(({ id }) => id))].filter((id) => id.startsWith('vf_'));
  for (const id of ids.slice(0, TOLD_MAX)) {
    print(`\n  The story of ${id}:`);
    for (const line of renderTimeline(history, id)) print(`    ${line}`);
  }
}
