import { createRandom } from './random.ts';
import { POLICIES, type PolicyName } from './policies.ts';
import type { RoutingTrace, TraceSend } from './trace.ts';

/** What a policy came to on a trace. */
export interface Played {
  sends: number;
  conversions: number;
  /** Mean over the sends of the best provider's chance less the chosen one's, times 1,000. */
  regret: number;
  /** Sends by provider, in the trace's order. */
  byProvider: number[];
  /** The chosen provider's index, send by send. */
  choices: number[];
}

interface Result {
  /** When it is known, s. */
  t: number;
  sentAt: number;
  op: number;
  provider: number;
  converted: boolean;
}

/** Plays one policy on a trace, with the trace's clock: a result is known only once it would have been. */
export function playTrace(trace: RoutingTrace, name: PolicyName, seed = 1): Played {
  const { sends, windowS, providers } = trace;
  let current: TraceSend | undefined;
  const policy = POLICIES[name](trace, createRandom(seed), () => current!.p);
  const pending = createAgenda<Result>();
  const byProvider = providers.map(() => 0);
  const choices: number[] = [];
  let [conversions, regret] = [0, 0];
  for (const send of sends) {
    for (const result of pending.until(send.t)) policy.learn(result);
    current = send;
    const provider = policy.choose({ t: send.t, op: send.op });
    const chance = send.p[provider]!;
    const converted = send.u < chance && send.lat <= windowS;
    pending.add({ t: send.t + (converted ? send.lat : windowS), sentAt: send.t, op: send.op, provider, converted });
    regret += Math.max(...send.p) - chance;
    conversions += converted ? 1 : 0;
    byProvider[provider]! += 1;
    choices.push(provider);
  }
  return { sends: sends.length, conversions, regret: (1_000 * regret) / sends.length, byProvider, choices };
}

/** What becomes known later, in the order of time. */
function createAgenda<T extends { t: number }>() {
  const heap: T[] = [];
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  return {
    add(item: T): void {
      heap.push(item);
      for (let at = heap.length - 1; at > 0;) {
        const up = (at - 1) >> 1;
        if (heap[up]!.t <= heap[at]!.t) return;
        swap(up, at);
        at = up;
      }
    },
    *until(t: number): Generator<T> {
      while (heap.length > 0 && heap[0]!.t <= t) {
        const first = heap[0]!;
        const last = heap.pop()!;
        if (heap.length > 0) {
          heap[0] = last;
          for (let at = 0; ;) {
            const [left, right] = [2 * at + 1, 2 * at + 2];
            let least = at;
            if (left < heap.length && heap[left]!.t < heap[least]!.t) least = left;
            if (right < heap.length && heap[right]!.t < heap[least]!.t) least = right;
            if (least === at) break;
            swap(at, least);
            at = least;
          }
        }
        yield first;
      }
    },
  };
}
