import type { Cell } from '../cell.ts';
import { createRouter } from '../choose-provider.ts';
import { NO_COUNTS, addCounts, type Bucket, type BucketDelta } from '../quality/bucket.ts';
import { DELAY_BIN_ENDS_MS, REWARD_WINDOW_MS, delayBinOf } from '../quality/conversion-delay.ts';
import { BUCKET_MS, bucketStart } from '../quality/fold-buckets.ts';
import { createScoreBoard } from '../scores/score-board.ts';
import { createScoreTable, type ScoreTable } from '../scores/score-table.ts';
import type { RoutingTrace, TraceSend } from './trace.ts';

/** A way of choosing that is played on a trace. It sees when a send comes and of which operator, and results once they are known. */
export interface Policy {
  /** @returns the index of a provider */
  choose(send: Pick<TraceSend, 't' | 'op'>): number;
  /** What became of an earlier send, at the time at which that is known. */
  learn(result: { t: number; sentAt: number; op: number; provider: number; converted: boolean }): void;
}

/** @param random in [0, 1) @param peek the hidden truth, for the oracle alone */
type MakePolicy = (
  trace: Omit<RoutingTrace, 'sends'>,
  random: () => number,
  peek: (send: Pick<TraceSend, 't' | 'op'>) => readonly number[],
) => Policy;

/** Scores are read again so often, as delivery does. */
const REFRESH_S = 1;

/** The product's own router and scores, unchanged. */
const makeOwn: MakePolicy = ({ providers, operators, country, channel }, random) => {
  const board = createScoreBoard();
  const buckets = new Map<string, Bucket>();
  const touched = new Map<string, Cell>();
  let scores: ScoreTable = createScoreTable([]);
  let scoredAt = Number.NEGATIVE_INFINITY;
  const router = createRouter({ scores: () => scores });
  const candidates = providers.map((provider, priority) => ({ provider, priority }));

  const count = (provider: number, op: number, sentAt: number, delta: BucketDelta): void => {
    const startMs = bucketStart(sentAt * 1_000);
    const key = `${provider}/${op}/${startMs}`;
    const before = buckets.get(key) ?? { startMs, widthMs: BUCKET_MS, ...NO_COUNTS };
    buckets.set(key, { startMs, widthMs: BUCKET_MS, ...addCounts(before, delta) });
    touched.set(key, { provider: providers[provider]!, operator: operators[op]!, channel, country });
  };

  return {
    choose({ t, op }) {
      if (t - scoredAt >= REFRESH_S) {
        scoredAt = Math.floor(t);
        for (const [key, cell] of touched) board.put(cell, [buckets.get(key)!]);
        touched.clear();
        scores = board.scoresAt(scoredAt * 1_000);
        for (const [key, { startMs }] of buckets) {
          if (startMs + BUCKET_MS + 2 * REWARD_WINDOW_MS > t * 1_000) break;
          buckets.delete(key);
        }
      }
      const choice = router.choose({ channel, country, operator: operators[op]!, candidates, excluded: [], random });
      if (choice.outcome === 'none') throw new TypeError('a trace has providers that are always eligible');
      const provider = providers.indexOf(choice.provider);
      count(provider, op, t, { submitted: 1 });
      return provider;
    },
    learn({ t, sentAt, op, provider, converted }) {
      const bin = converted ? delayBinOf((t - sentAt) * 1_000) : undefined;
      if (bin === undefined) return;
      count(provider, op, sentAt, { converted: DELAY_BIN_ENDS_MS.map((_, at) => (at === bin ? 1 : 0)) });
    },
  };
};

const makeStatic: MakePolicy = () => ({ choose: () => 0, learn: () => undefined });

const makeRoundRobin: MakePolicy = ({ providers }) => {
  let next = 0;
  return { choose: () => next++ % providers.length, learn: () => undefined };
};

/** An exponentially weighted mean of each provider and operator; one send in a hundred at random. */
const makeEwma: MakePolicy = ({ providers, operators }, random) => {
  const WEIGHT = 0.02;
  const EXPLORED = 0.01;
  const FIRST = 0.7;
  const means = providers.map(() => operators.map(() => FIRST));
  return {
    choose({ op }) {
      if (random() < EXPLORED) return Math.floor(random() * providers.length);
      return means.reduce((best, of, provider) => (of[op]! > means[best]![op]! ? provider : best), 0);
    },
    learn({ op, provider, converted }) {
      means[provider]![op]! += WEIGHT * ((converted ? 1 : 0) - means[provider]![op]!);
    },
  };
};

const makeOracle: MakePolicy = (_trace, _random, peek) => ({
  choose(send) {
    const chances = peek(send);
    return chances.indexOf(Math.max(...chances));
  },
  learn: () => undefined,
});

export const POLICIES = {
  watchword: makeOwn,
  ewma: makeEwma,
  static: makeStatic,
  'round-robin': makeRoundRobin,
  oracle: makeOracle,
} as const satisfies Record<string, MakePolicy>;
export type PolicyName = keyof typeof POLICIES;
