export { type AdmittedRequest } from './model/admitted-request.ts';
export { isGap, isLive, isSubmitting, type Attempt, type Verification } from './model/state.ts';
export { ATTEMPTS_MAX, CALL_AFTER_CLAIM_MAX_MS, DURATIONS, type Durations } from './model/durations.ts';
export { decideNext, type Command, type Decision, type StepPlan, type Trigger } from './model/decide-next.ts';
export { decideAfterAttempt, type AttemptResult, type Following } from './model/decide-after-attempt.ts';
export { bucketOfId, createKeys, type Keys } from './store/keys.ts';
export { createStore, type VerificationStore } from './store/store.ts';
export { type AdmitInput } from './store/admission.ts';
export { packCell, type SettleInput } from './store/attempts.ts';
export { type CheckInput, type CheckReply } from './store/endings.ts';
export { type SendWindow } from './store/limits.ts';
export { appendedAt, type BucketRecovery, type SweepLimits, type Swept } from './store/buckets.ts';
export { type RecoveryProgress, type RecoveryRun } from './store/recovery.ts';
export { type Merged } from './store/merging.ts';
export { type AskAnswer } from './store/moves.ts';
export {
  composeEvent,
  composeRequest,
  createOutboxPublisher,
  requestEventId,
  traceOf,
  type ComposedEvent,
  type OutboxEntry,
  type OutboxPublisher,
} from './store/outbox.ts';
export { createIdempotencyStore, type IdempotencyStore } from './store/idempotency.ts';
export { HEARTBEAT_MS, createHeartbeats, type LivingProcess } from './store/heartbeat.ts';
export {
  PRESSURE_COUNTS_MS,
  createPressureStore,
  type Pressure,
  type PressureReport,
  type PressureStore,
} from './store/pressure.ts';
export { recipientAad } from './store/recipient-aad.ts';
