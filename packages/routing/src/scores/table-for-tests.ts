import { newcomerKey, routeKey, type Score, type ScoreTable } from './score-table.ts';

const N = 100;

interface TableOptions {
  newcomers?: readonly string[];
  collapsed?: readonly string[];
  /** How long the channel has been there. */
  ageMs?: number;
}

/** A table for SMS to Germany's first operator, with the scores given at every level. */
export function tableOf(
  scores: Readonly<Record<string, number>>,
  { newcomers = [], collapsed = [], ageMs = 0 }: TableOptions = {},
): ScoreTable {
  const toScore = (mean: number, collapse = 0): Score => ({ mean, upper: mean, n: N, collapse });
  const route = new Map(
    Object.entries(scores).map(([provider, mean]) => [provider, toScore(mean, collapsed.includes(provider) ? 0.9 : 0)]),
  );
  const atMs = 1_000 + ageMs;
  return {
    atMs,
    channels: new Map([['sms', { sinceMs: 1_000, unseen: toScore(0.5) }]]),
    routes: new Map(
      [routeKey('sms'), routeKey('sms', 'DE'), routeKey('sms', 'DE', '262-01')].map((key) => [key, route]),
    ),
    newcomers: new Set(newcomers.map((provider) => newcomerKey('sms', provider))),
  };
}
