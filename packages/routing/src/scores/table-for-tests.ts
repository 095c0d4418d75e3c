import { newcomerKey, routeKey, type Score, type ScoreTable } from './score-table.ts';

const N = 100;

/** A table for SMS to Germany's first operator, with the scores given at every level. */
export function tableOf(
  scores: Readonly<Record<string, number>>,
  { newcomers = [], ageMs = 0 }: { newcomers?: readonly string[]; ageMs?: number } = {},
): ScoreTable {
  const toScore = (mean: number): Score => ({ mean, upper: mean, n: N, collapse: 0 });
  const route = new Map(Object.entries(scores).map(([provider, mean]) => [provider, toScore(mean)]));
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
