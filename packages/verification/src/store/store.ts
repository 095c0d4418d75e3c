import { createAdmission } from './admission.ts';
import { createAttempts } from './attempts.ts';
import { createBuckets } from './buckets.ts';
import { createCarrying } from './carry-counts.ts';
import { createStoreContext, type StoreOptions } from './context.ts';
import { createEndings } from './endings.ts';
import { createLimits } from './limits.ts';
import { createMerging } from './merging.ts';
import { createMoves } from './moves.ts';
import { createRecovery } from './recovery.ts';
import { createQuarantined } from './quarantined.ts';
import type { RedisConnection } from './scripts.ts';
import { createTakeover } from './takeover.ts';
import { createWaiting } from './waiting.ts';

export type VerificationStore = ReturnType<typeof createStore>;

/**
 * The typed callers of the scripts: one method for each `.lua` file, of the same name; `takeOver` settles, too.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE` from every method
 */
export function createStore(redis: RedisConnection, options: StoreOptions) {
  const context = createStoreContext(redis, options);
  const admission = createAdmission(context);
  const attempts = createAttempts(context);
  return {
    keys: context.keys,
    ...admission,
    ...attempts,
    ...createTakeover(attempts),
    ...createBuckets(context),
    ...createCarrying(context),
    ...createEndings(context),
    ...createLimits(context),
    ...createMoves(context),
    ...createQuarantined(context),
    ...createMerging(context, admission),
    ...createRecovery(context),
    ...createWaiting(context),
  };
}
