import type { VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import type { DeadlineWork } from './carry-out-deadlines.ts';
import type { Gate } from './channel-gate.ts';
import { createFaultTeller } from './tell-faults.ts';

export interface DeferDeps {
  store: Pick<VerificationStore, 'deferAdmitted'>;
  gate: Pick<Gate, 'waits'>;
  log: Logger;
}

/** Takes out of what is due those that have their place in line here: they are put off together, and nobody looks at them. */
export function deferWaiting(work: DeadlineWork, { store, gate, log }: DeferDeps): DeadlineWork {
  const tell = createFaultTeller(log, () => performance.now());
  const deferring = new Set<Promise<void>>();

  async function defer(bucket: number, ids: readonly string[], restMs: number): Promise<void> {
    try {
      await store.deferAdmitted(bucket, ids, restMs);
    } catch (error) {
      // they stay due, and the next look brings them again
      tell(error, 'waiting sends could not be put off', { bucket });
    }
  }

  return {
    ...work,
    offer(bucket, due) {
      const inLine = new Map<number, string[]>();
      const others: (typeof due)[number][] = [];
      for (const each of due) {
        const restMs = each.kind === 'admitted' ? gate.waits(each.id) : undefined;
        if (restMs === undefined) others.push(each);
        else if (inLine.has(restMs)) inLine.get(restMs)!.push(each.id);
        else inLine.set(restMs, [each.id]);
      }
      for (const [restMs, ids] of inLine) {
        const running = defer(bucket, ids, restMs).finally(() => deferring.delete(running));
        deferring.add(running);
      }
      if (others.length > 0) work.offer(bucket, others);
    },
    async stop() {
      await Promise.all([work.stop(), ...deferring]);
    },
  };
}
