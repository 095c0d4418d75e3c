import type { Bus, Subscription } from '@watchword/bus';
import {
  BaseError,
  DISPATCHER_GROUP,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  parseAttemptId,
  parseEvent,
  type ReceiptEvent,
  type RequestEvent,
} from '@watchword/contracts';
import type { VerificationStore } from '@watchword/verification';
import type { Mover } from './move-verification.ts';

export interface ConsumeDeps {
  bus: Bus;
  store: VerificationStore;
  move: Mover;
  /** The longest send window: how long a restored record's first send is remembered. */
  longestWindowMs: number;
  onReceipt(provider: string, outcome: 'folded' | 'kept' | 'unmatched'): void;
  onRequest(outcome: 'moved' | 'held' | 'restored' | 'expired' | 'abandoned' | 'newer'): void;
  /** A request that Kafka took (by the broker's clock) after it was admitted (by Redis'). */
  onClocks(brokerMs: number, redisMs: number): void;
}

/** Subscribes to requests and receipts. An offset is committed only once the event's effect is in Redis and the queue. */
export async function consumeEvents(deps: ConsumeDeps): Promise<Subscription> {
  return deps.bus.subscribe({
    group: DISPATCHER_GROUP,
    topics: [REQUEST_TOPIC, RECEIPT_TOPIC],
    handle: async (event) => {
      if (event.topic === REQUEST_TOPIC) {
        const request = parseEvent(REQUEST_TOPIC, event.value);
        deps.onClocks(event.timestampMs, request.created_at);
        await takeRequest(deps, request);
      } else await takeReceipt(deps, parseEvent(RECEIPT_TOPIC, event.value));
    },
  });
}

async function takeRequest(deps: ConsumeDeps, event: RequestEvent): Promise<void> {
  const { verification_id: id, version: _, created_at: createdAt, expires_at: expiresAt, ...request } = event;
  const moved = await moveOrLeave(deps, id, 'request');
  if (moved !== 'absent') return deps.onRequest(moved);
  const { outcome } = await deps.store.restore(id, request, { createdAt, expiresAt }, deps.longestWindowMs);
  // `exists`: the tombstone of an admission that was taken back
  if (outcome === 'exists') return deps.onRequest('abandoned');
  if (outcome === 'expired') return deps.onRequest('expired');
  await deps.move(id, 'request');
  deps.onRequest('restored');
}

async function takeReceipt(deps: ConsumeDeps, event: ReceiptEvent): Promise<void> {
  const attempt = parseAttemptId(event.attempt_id);
  if (!attempt) throw new BaseError('OTP_BUS_UNPARSABLE', '/attempt_id is none of ours', { retry: false });
  const { outcome, moves } = await deps.store.foldReceipt(attempt.verificationId, attempt.k, event.status, event.error);
  deps.onReceipt(event.provider, outcome);
  if (moves) await moveOrLeave(deps, attempt.verificationId, 'receipt');
}

/**
 * A record of a newer version is left to its deadlines, which call until a dispatcher of that version takes them: in a roll-out
 * it must not hold up its whole partition here.
 */
async function moveOrLeave(
  { move }: Pick<ConsumeDeps, 'move'>,
  ...[id, trigger]: Parameters<Mover>
): Promise<Awaited<ReturnType<Mover>> | 'newer'> {
  try {
    return await move(id, trigger);
  } catch (error) {
    if (error instanceof BaseError && error.code === 'OTP_STATE_SCHEMA' && error.retry) return 'newer';
    throw error;
  }
}
