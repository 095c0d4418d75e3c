import type { Verification } from '../model/state.ts';
import type { StoreContext } from './context.ts';

/** Of verifications whose next send waits for its channel: only when they are looked at again changes. */
export function createWaiting({ run, keys, record, deadlines }: StoreContext) {
  return {
    /**
     * @param state as it was looked at
     * @returns moved: somebody changed it since, so it wants another look
     */
    async defer(
      { id, version }: Pick<Verification, 'id' | 'version'>,
      forMs: number,
    ): Promise<{ outcome: 'deferred' | 'moved' | 'ended'; now: number }> {
      const reply = await run('defer', [record(id), deadlines(id)], [id, version, forMs]);
      const [outcome, now] = reply as ['deferred' | 'moved' | 'ended', number];
      return { outcome, now };
    },

    /** As `defer`, for many of one bucket whose first send waits. */
    async deferAdmitted(bucket: number, ids: readonly string[], forMs: number): Promise<void> {
      await run('deferAdmitted', [keys.deadlines(bucket)], [forMs, ...ids]);
    },
  };
}
