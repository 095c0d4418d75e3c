import { createDraws } from './draws.ts';
import { createPolicy, type PolicyName, type Result } from './policies.ts';
import type { RoutingTrace } from './trace.ts';

export interface Played {
  policy: PolicyName;
  sends: number;
  conversions: number;
  /** Mean over the sends of the best provider's probability less the chosen one's, times 1,000. */
  regretPer1000: number;
  /** How often each provider was chosen, in the trace's order. */
  choices: number[];
}

/**
 * Plays one trace with its own clock: before each send everything is told that was known by the last full second, as scores are
 * refreshed once a second.
 *
 * @param seed of the policy's own randomness
 * @param onChoice told the index of every chosen provider
 */
export function playTrace(
  trace: RoutingTrace,
  name: PolicyName,
  seed: number,
  onChoice: (provider: number) => void = () => undefined,
): Played {
  const policy = createPolicy(name, trace, createDraws(seed).uniform);
  const due = new Map<number, (() => void)[]>();
  /** What happens during a second is known at its end. */
  const schedule = (second: number, tell: () => void): void => {
    const at = Math.ceil(second);
    const there = due.get(at);
    if (there) there.push(tell);
    else due.set(at, [tell]);
  };
  const choices = trace.providers.map(() => 0);
  let [told, conversions, regret] = [-1, 0, 0];
  for (const send of trace.sends) {
    const now = Math.floor(send.t);
    if (now > told) {
      for (let second = told + 1; second <= now; second++) {
        for (const tell of due.get(second) ?? []) tell();
        due.delete(second);
      }
      policy.tick?.(now);
      told = now;
    }
    const provider = policy.choose(send);
    onChoice(provider);
    const { t, op, lat } = send;
    const chance = send.p[provider]!;
    const converted = send.u < chance && lat <= trace.windowS;
    const result: Result = { provider, op, t, converted, afterS: converted ? lat : trace.windowS };
    schedule(t, () => policy.sent?.(result));
    schedule(t + result.afterS, () => policy.known?.(result));
    choices[provider]! += 1;
    conversions += send.u < chance ? 1 : 0;
    regret += Math.max(...send.p) - chance;
  }
  const sends = trace.sends.length;
  return { policy: name, sends, conversions, regretPer1000: (1_000 * regret) / sends, choices };
}
