import type { Channel } from '@watchword/contracts';
import type { Cell } from '../cell.ts';
import { createRouter } from '../choice/create-router.ts';
import { delayBinOf, DELAY_BIN_ENDS_MS } from '../quality/conversion-delay.ts';
import { createScoreBook } from '../scores/score-book.ts';
import { NO_SCORES, type ScoreTable } from '../scores/score-table.ts';
import type { RoutingTrace, TraceSend } from './trace.ts';

export const POLICY_NAMES = ['watchword', 'static', 'round-robin', 'ewma', 'oracle'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** What is to be known of a send that was made. */
export interface Result {
  provider: number;
  op: number;
  /** When it was sent, in seconds. */
  t: number;
  converted: boolean;
  /** Seconds until the result is known. */
  afterS: number;
}

/** Chooses for one send after the other; is told results when they are known. All but the oracle see `t` and `op` alone. */
export interface Policy {
  /** @returns an index into the trace's providers */
  choose(send: TraceSend): number;
  /** A send was submitted. */
  sent?(at: Pick<Result, 'provider' | 'op' | 't'>): void;
  /** A result is known: a conversion after its delay, a failure at the window's end. */
  known?(result: Result): void;
  /** A second of the trace's clock is over; all that was known until then has been told. */
  tick?(second: number): void;
}

export function createPolicy(name: PolicyName, trace: RoutingTrace, random: () => number): Policy {
  switch (name) {
    case 'watchword':
      return createProductPolicy(trace, random);
    case 'static':
      return { choose: () => 0 };
    case 'round-robin': {
      let next = 0;
      return { choose: () => next++ % trace.providers.length };
    }
    case 'ewma':
      return createEwmaPolicy(trace, random);
    case 'oracle':
      return { choose: ({ p }) => p.indexOf(Math.max(...p)) };
  }
}

/** The product's own router and scores, with the trace's clock. */
function createProductPolicy(trace: RoutingTrace, random: () => number): Policy {
  const book = createScoreBook();
  let table: ScoreTable = NO_SCORES;
  const router = createRouter(() => table);
  const channel = trace.channel as Channel;
  const indexes = new Map(trace.providers.map((provider, index) => [provider, index]));
  const candidates = trace.providers.map((provider, priority) => ({ provider, priority }));
  const cells = trace.providers.map((provider) =>
    trace.operators.map((operator): Cell => ({ provider, channel, country: trace.country, operator })),
  );
  return {
    choose({ op }) {
      const operator = trace.operators[op]!;
      const choice = router.choose({ channel, country: trace.country, operator, candidates, excluded: [], random });
      // every candidate is eligible, and there is one at least
      return choice.outcome === 'chosen' ? indexes.get(choice.provider)! : 0;
    },
    sent({ provider, op, t }) {
      book.add(cells[provider]![op]!, { submittedMs: t * 1_000 }, { submitted: 1 });
    },
    known({ provider, op, t, converted, afterS }) {
      const bin = converted ? delayBinOf(afterS * 1_000) : undefined;
      if (bin === undefined) return;
      const delays = DELAY_BIN_ENDS_MS.map((_, each) => (each === bin ? 1 : 0));
      book.add(cells[provider]![op]!, { submittedMs: t * 1_000 }, { converted: delays });
    },
    tick(second) {
      table = book.refresh(second * 1_000);
    },
  };
}

/** The usual moving average per cell, with a hundredth of the sends anywhere. */
const EWMA_LAMBDA = 0.02;
const EWMA_EXPLORED_SHARE = 0.01;
const EWMA_START = 0.7;

function createEwmaPolicy(trace: RoutingTrace, random: () => number): Policy {
  const means = trace.operators.map(() => trace.providers.map(() => EWMA_START));
  return {
    choose({ op }) {
      const ofOperator = means[op]!;
      if (random() < EWMA_EXPLORED_SHARE) return Math.floor(random() * ofOperator.length);
      return ofOperator.indexOf(Math.max(...ofOperator));
    },
    known({ provider, op, converted }) {
      means[op]![provider]! += EWMA_LAMBDA * (Number(converted) - means[op]![provider]!);
    },
  };
}
