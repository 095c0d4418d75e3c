import { REWARD_WINDOW_MS } from '../quality/conversion-delay.ts';
import { createDraws, type Draws } from './draws.ts';
import type { RoutingTrace, TraceSend } from './trace.ts';

/** Shares of the operators' traffic: a few large ones and a long tail. */
const OPERATOR_SHARES = [0.34, 0.24, 0.16, 0.1, 0.07, 0.05, 0.03, 0.01];
const PROVIDERS = 5;
const HOURS = 48;
const MINUTES = HOURS * 60;
/** Even a route that delivers everything converts no more: some people change their mind. */
const CONVERSION_CEILING = 0.82;
/** Quality in log-odds of a conversion below the ceiling: of providers, of their operators, and its drift (Ornstein-Uhlenbeck). */
const PROVIDER = { mean: 1.9, sd: 0.6 };
const OPERATOR_SD = 0.5;
const DRIFT = { sd: 0.4, perHour: 0.13 };
const INCIDENTS = { count: 16, wideShare: 0.4, minutes: [15, 150], factorTo: 0.5 } as const;
/** The provider that was the best until then loses so much at half time, for good. */
const DEGRADED_FACTOR = 0.82;
/** Of the log-normal delay of a conversion. */
const DELAY = { medianS: 25, sigma: 0.6 };
/** The reward window's. */
const WINDOW_S = REWARD_WINDOW_MS / 1_000;

/** Probability of conversion by provider, operator, minute. */
type Quality = Float64Array[][];

/**
 * Two days of one country's traffic in which much goes wrong: levels drift, providers fail for a while with one operator or with
 * all, and the best one gets worse for good. The seed decides everything.
 */
export function generateTrace(seed: number, sendsPerHour: number): RoutingTrace {
  const draws = createDraws(seed);
  const quality = drawQuality(draws);
  degradeBest(quality);
  for (let incident = 0; incident < INCIDENTS.count; incident++) breakSomething(quality, draws);
  return {
    country: 'XX',
    channel: 'sms',
    providers: quality.map((_, provider) => `p${provider}`),
    operators: OPERATOR_SHARES.map((_, operator) => `o${operator}`),
    windowS: WINDOW_S,
    sends: [...drawSends(quality, draws, sendsPerHour)],
  };
}

function drawQuality(draws: Draws): Quality {
  const keep = Math.exp(-DRIFT.perHour / 60);
  const step = DRIFT.sd * Math.sqrt(1 - keep * keep);
  return Array.from({ length: PROVIDERS }, () => {
    const level = PROVIDER.mean + PROVIDER.sd * draws.normal();
    return OPERATOR_SHARES.map(() => {
      const own = level + OPERATOR_SD * draws.normal();
      let drift = DRIFT.sd * draws.normal();
      return Float64Array.from({ length: MINUTES }, () => {
        drift = keep * drift + step * draws.normal();
        return CONVERSION_CEILING / (1 + Math.exp(-own - drift));
      });
    });
  });
}

function degradeBest(quality: Quality): void {
  const half = MINUTES / 2;
  const levels = quality.map((operators) =>
    operators.reduce(
      (sum, minutes, operator) => sum + OPERATOR_SHARES[operator]! * minutes.subarray(0, half).reduce((a, b) => a + b),
      0,
    ),
  );
  for (const minutes of quality[levels.indexOf(Math.max(...levels))]!) scale(minutes, half, MINUTES, DEGRADED_FACTOR);
}

function breakSomething(quality: Quality, draws: Draws): void {
  const operators = quality[draws.index(PROVIDERS)]!;
  const wide = draws.uniform() < INCIDENTS.wideShare;
  const operator = draws.index(operators.length);
  const from = draws.index(MINUTES);
  const [shortest, longest] = INCIDENTS.minutes;
  const to = from + shortest + draws.index(longest - shortest);
  const factor = INCIDENTS.factorTo * draws.uniform();
  for (const minutes of wide ? operators : [operators[operator]!]) scale(minutes, from, to, factor);
}

function scale(minutes: Float64Array, from: number, to: number, factor: number): void {
  for (let minute = from; minute < Math.min(to, minutes.length); minute++) minutes[minute]! *= factor;
}

function* drawSends(quality: Quality, draws: Draws, sendsPerHour: number): Generator<TraceSend> {
  for (let t = 0; ;) {
    t += (3_600 / sendsPerHour) * draws.exponential();
    if (t >= HOURS * 3_600) return;
    const op = drawOperator(draws.uniform());
    const minute = Math.floor(t / 60);
    yield {
      t: rounded(t, 2),
      op,
      u: rounded(draws.uniform(), 5),
      lat: rounded(Math.min(WINDOW_S, DELAY.medianS * Math.exp(DELAY.sigma * draws.normal())), 2),
      p: quality.map((operators) => rounded(operators[op]![minute]!, 4)),
    };
  }
}

function drawOperator(number: number): number {
  let end = 0;
  for (const [operator, share] of OPERATOR_SHARES.entries()) {
    end += share;
    if (number < end) return operator;
  }
  return OPERATOR_SHARES.length - 1;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
