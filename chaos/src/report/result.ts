import { BREACHES, type Breach, type Figures } from '../reconcile/breach.ts';
import type { Recovery } from '../reconcile/measure-recovery.ts';
import type { InstanceFigures } from '@watchword/stage';

/** Design §6 and the issue: back in normal time so soon after the engine is. */
export const RECOVERY_SECONDS_MAX = 15;

/** What one play of a scenario came to: plain data, kept as JSON. */
export interface Result {
  scenario: string;
  /** ISO 8601, UTC. */
  playedAt: string;
  seed: number;
  /** Starts per second, and what the product had reached in the ramp before; null without a ramp. */
  rate: number;
  reachedRate: number | null;
  figures: Figures;
  recovery: Recovery & { secondsMax: number };
  processes: InstanceFigures;
  /** Processes that were not ready at the end: somebody would have had to restart them. */
  unready: string[];
  breaches: Breach[];
  ownBreaches: string[];
  notes: string[];
  /** How long the tool itself was held up, at the worst. */
  toolLagMs: number;
}

/** Beyond this the machine had no time for the tool: times say more about the machine than about the product. */
export const TOOL_LAG_MAX_MS = 1_000;

/** What was broken, in sentences; empty where every promise held. */
export function verdictOf(result: Result): string[] {
  const broken = result.breaches.filter(({ excused }) => !excused);
  const sentences = Object.entries(BREACHES).flatMap(([kind, meaning]) => {
    const ids = new Set(broken.filter((breach) => breach.kind === kind).map(({ id }) => id));
    return ids.size === 0 ? [] : [`${ids.size} × ${meaning}`];
  });
  const { recovery, unready, processes } = result;
  const untold = countUntold(result);
  if (untold > 0) sentences.push(`${untold} accepted ones reached nobody, and nothing says why`);
  if (processes.crashed > 0) sentences.push(`${processes.crashed} processes ended that nobody had told to`);
  if (processes.disorderly > 0) sentences.push(`${processes.disorderly} processes did not stop in order`);
  if (recovery.seconds > recovery.secondsMax) {
    sentences.push(`recovery took ${recovery.seconds.toFixed(1)} s, not ${recovery.secondsMax}`);
  }
  if (unready.length > 0) sentences.push(`not ready again: ${unready.join(', ')}`);
  return [...sentences, ...result.ownBreaches];
}

/** Accepted ones that neither reached anybody nor are named among the breaches, excused or not: there must be none. */
export function countUntold({ figures, breaches }: Pick<Result, 'figures' | 'breaches'>): number {
  const told = breaches.filter(({ kind }) => kind === 'lost' || kind === 'unreached');
  return figures.accepted - figures.reached - new Set(told.map(({ id }) => id)).size;
}

/** How many of a kind, and how many of them the promises except. */
export function countBreaches({ breaches }: Result, kind: Breach['kind']): { broken: number; excused: number } {
  const ids = (excused: boolean) =>
    new Set(breaches.filter((breach) => breach.kind === kind && breach.excused === excused).map(({ id }) => id)).size;
  return { broken: ids(false), excused: ids(true) };
}
