import type { IncomingEvent } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  BaseError,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  parseAttemptId,
  parseEvent,
  parseVerificationId,
  type EventTopic,
  type AttemptEvent,
} from '@watchword/contracts';
import { packDecision } from '@watchword/routing';
import type { Merged, OutboxPublisher, VerificationStore } from '@watchword/verification';

/**
 * What a recovery reads, one topic after the other. Requests first, since the rest is merged into what they create, and attempts
 * before the receipts for them. Otherwise merging knows no order; the end that each topic has when its own reading begins will do.
 */
export const RECOVERED_TOPICS = [REQUEST_TOPIC, ATTEMPT_TOPIC, RECEIPT_TOPIC, OUTCOME_TOPIC, CHECK_TOPIC] as const;

export interface MergeDeps {
  store: Pick<
    VerificationStore,
    'restoreRequest' | 'restoreAttempt' | 'restoreOutcome' | 'restoreCheck' | 'foldReceipt'
  >;
  outbox: Pick<OutboxPublisher, 'ship'>;
  /** The longest send window: how long a restored send is remembered. */
  longestWindowMs: number;
  onMerge(topic: EventTopic, outcome: MergeOutcome): void;
}

type MergeOutcome = Merged | 'expired';

/**
 * Merges events of some buckets into the state, each as often as it comes.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, `OTP_BUS_UNPARSABLE`
 */
export function createMerger(
  deps: MergeDeps,
): (buckets: ReadonlySet<number>) => (event: IncomingEvent) => Promise<void> {
  return (buckets) => async (event) => {
    const bucket = parseVerificationId(event.key)?.bucket;
    if (bucket === undefined || !buckets.has(bucket)) return;
    deps.onMerge(event.topic as EventTopic, await merge(deps, event));
  };
}

async function merge(
  { store, outbox, longestWindowMs }: MergeDeps,
  { topic, value }: IncomingEvent,
): Promise<MergeOutcome> {
  switch (topic) {
    case REQUEST_TOPIC:
      return store.restoreRequest(parseEvent(REQUEST_TOPIC, value), longestWindowMs);
    case ATTEMPT_TOPIC:
      return restoreAttempt(store, parseEvent(ATTEMPT_TOPIC, value), longestWindowMs);
    case OUTCOME_TOPIC:
      return store.restoreOutcome(parseEvent(OUTCOME_TOPIC, value));
    case CHECK_TOPIC: {
      const { outcome, entries } = await store.restoreCheck(parseEvent(CHECK_TOPIC, value));
      outbox.ship(entries);
      return outcome;
    }
    default: {
      const { attempt_id: id, status, error } = parseEvent(RECEIPT_TOPIC, value);
      const attempt = parseAttemptId(id);
      if (!attempt) throw new BaseError('OTP_BUS_UNPARSABLE', '/attempt_id is none of ours', { retry: false });
      const { outcome } = await store.foldReceipt(attempt.verificationId, attempt.k, status, error);
      return outcome === 'folded' ? 'merged' : outcome === 'kept' ? 'kept' : 'unknown';
    }
  }
}

/** Also why its provider was chosen, where the event tells it: of one that was taken over nobody knew. */
async function restoreAttempt(
  store: Pick<VerificationStore, 'restoreAttempt'>,
  event: AttemptEvent,
  longestWindowMs: number,
): Promise<MergeOutcome> {
  const { decision, provider } = event;
  return store.restoreAttempt(event, longestWindowMs, decision && packDecision(decision, provider));
}
