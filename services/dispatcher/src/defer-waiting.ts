import type { VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import type { DeadlineWork } from './carry-out-deadlines.ts';
import type { Gate } from './channel-gate.ts';
import { createFaultTeller } from './tell-faults.ts';

/**
 * When a waiting send asks again, should this dispatcher have died: as soon as an `admitted` record that nobody took. Many
 * wait at a time, so not more often.
 */
export const DEFER_MS = 10_000;

export interface DeferDeps {
  store: Pick<VerificationStore, 'deferAdmitted'>;
  gate: Pick<Gate, 'waits'>;
  log: Logger;
}

/** Takes out of what is due those that have their place in line here: they are put off together, and nobody looks at them. */
export function deferWaiting(work: DeadlineWork, { store, gate, log }: DeferDeps): DeadlineWork {
  const tell = createFaultTeller(log, () => performance.now());
  const deferring = new Set<Promise<void>>();

  async function defer(bucket: number, ids: readonly string[]): Promise<void> {
    try {
      await store.deferAdmitted(bucket, ids, DEFER_MS);
    } catch (error) {
      // they stay due, and the next look brings them again
      tell(error, 'waiting sends could not be put off', { bucket });
    }
  }

  return {
    ...work,
    offer(bucket, due) {
      const inLine = due.filter(({ id, kind }) => kind === 'admitted' && gate.waits(id)).map(({ id }) => id);
      if (inLine.length === 0) return work.offer(bucket, due);
      const known = new Set(inLine);
      const others = due.filter(({ id, kind }) => kind !== 'admitted' || !known.has(id));
      const running = defer(bucket, inLine).finally(() => deferring.delete(running));
      deferring.add(running);
      work.offer(bucket, others);
    },
    async stop() {
      await Promise.all([work.stop(), ...deferring]);
    },
  };
}
