import { EVENTS, RECEIPT_TOPIC, parseAttemptId, type Channel, type ReceiptEvent } from '@watchword/contracts';
import type { NormalisedReceipt, Receiver, WebhookRequest } from '@watchword/providers';
import type { OperatorOfNetwork } from '@watchword/policy';
import { createHash } from 'node:crypto';
import { ATTRIBUTE, type SpanStart, type Spans, type State } from '@watchword/runtime';
import { isGap, type Attempt, type Verification } from '@watchword/verification';
import type { ReplayGuard } from './guard-replay.ts';

/** How long a webhook waits for Kafka; the provider tries again after a 503. */
const PUBLISH_MS = 3_000;

/** Later ones somebody asked for, or another step: what they took says nothing of the delivery. */
const FIRST_SEND = 1;

export interface WebhookDeps {
  state: Pick<State, 'store' | 'publish'>;
  replays: ReplayGuard;
  operatorOfNetwork: OperatorOfNetwork;
  /** Where tracing is on. */
  spans: Spans | undefined;
  onReceipt(provider: string, outcome: 'published' | 'late' | 'unmatched' | 'replayed' | 'refused' | 'malformed'): void;
  /** The first message of a verification is there for the first time we hear of it, so long after the admission. */
  onDelivered(channel: Channel, provider: string, afterMs: number): void;
}

export interface WebhookProvider {
  name: string;
  channel: Channel;
  receiver: Receiver;
}

export type WebhookResult =
  | { outcome: 'kept' }
  | { outcome: 'refused'; reason: string }
  | { outcome: 'malformed'; reason: string };

/**
 * Verifies a provider's webhook on its raw body and publishes what it says before it is answered 200. The same request once
 * more is answered and dropped; it is remembered only after Kafka has its receipts.
 *
 * @throws BaseError `OTP_BUS_*`, `OTP_STATE_UNAVAILABLE`: nothing is lost, the provider tries again
 */
export async function takeWebhook(
  deps: WebhookDeps,
  provider: WebhookProvider,
  request: WebhookRequest,
): Promise<WebhookResult> {
  const verified = provider.receiver.verify(request);
  if (verified.outcome === 'refused') {
    deps.onReceipt(provider.name, 'refused');
    return verified;
  }
  if (verified.replayId !== undefined && (await deps.replays.isReplay(provider.name, verified.replayId))) {
    deps.onReceipt(provider.name, 'replayed');
    return { outcome: 'kept' };
  }
  const parsed = provider.receiver.parse(request);
  if (parsed.outcome === 'malformed') {
    deps.onReceipt(provider.name, 'malformed');
    return parsed;
  }
  await Promise.all(parsed.receipts.map(async (receipt) => takeReceipt(deps, provider, receipt, request.nowMs)));
  if (verified.replayId !== undefined) {
    await deps.replays.remember(provider.name, verified.replayId, (verified.replayUntilMs ?? 0) - request.nowMs);
  }
  return { outcome: 'kept' };
}

async function takeReceipt(
  deps: WebhookDeps,
  provider: WebhookProvider,
  receipt: NormalisedReceipt,
  nowMs: number,
): Promise<void> {
  const { attemptId } = receipt;
  const attempt = attemptId === undefined ? undefined : parseAttemptId(attemptId);
  if (!attempt || attemptId === undefined) return deps.onReceipt(provider.name, 'unmatched');
  const { now, verification } = await deps.state.store.read(attempt.verificationId);
  const known = verification?.attempts[attempt.k - 1];
  // of an attempt that a wipe of Redis has taken away nothing is known
  const sent = known && !isGap(known) ? known : undefined;
  // a receipt for another provider's attempt is nobody's word
  if (sent && sent.provider !== provider.name) return deps.onReceipt(provider.name, 'unmatched');
  const converted = sent !== undefined && verification?.status === 'approved' && isTyped(verification, sent);
  const withdrawn = verification?.status === 'canceled';
  const event = composeReceipt(
    deps,
    provider,
    { ...receipt, attemptId },
    attempt.verificationId,
    { sent, converted, withdrawn },
    nowMs,
  );
  const { state, spans } = deps;
  const options = { timeoutMs: PUBLISH_MS };
  if (spans) await spans.run(describeReceipt(event.data, verification), async () => state.publish(event, options));
  else await state.publish(event, options);
  deps.onReceipt(provider.name, sent ? 'published' : 'late');
  const isFirst = sent?.send === FIRST_SEND && sent.receipt !== 'delivered' && receipt.status === 'delivered';
  // by Redis' clock at both ends
  if (verification && isFirst) deps.onDelivered(provider.channel, provider.name, now - verification.createdAt);
}

/** Whether it was this attempt's code: a generation is used again only after a definite rejection. */
function isTyped({ approvedGeneration }: Verification, { generation, state }: Attempt): boolean {
  return generation === approvedGeneration && state !== 'rejected';
}

/** One webhook may tell of several verifications: each receipt belongs to its own one's trace, linked to the request. */
function describeReceipt(receipt: ReceiptEvent, verification: Verification | undefined): SpanStart {
  return {
    name: 'take receipt',
    kind: 'internal',
    origin: { from: 'verification', traceparent: verification?.traceparent },
    attributes: {
      [ATTRIBUTE.verification]: receipt.verification_id,
      [ATTRIBUTE.attempt]: receipt.attempt_id,
      [ATTRIBUTE.channel]: receipt.channel,
      [ATTRIBUTE.provider]: receipt.provider,
      [ATTRIBUTE.receipt]: receipt.status,
    },
  };
}

function composeReceipt(
  { operatorOfNetwork }: Pick<WebhookDeps, 'operatorOfNetwork'>,
  provider: WebhookProvider,
  receipt: NormalisedReceipt & { attemptId: string },
  verificationId: string,
  { sent, converted, withdrawn }: { sent: Attempt | undefined; converted: boolean; withdrawn: boolean },
  nowMs: number,
) {
  const actualOperator = receipt.networkCode === undefined ? '' : operatorOfNetwork(receipt.networkCode);
  const data: ReceiptEvent = {
    verification_id: verificationId,
    attempt_id: receipt.attemptId,
    provider: provider.name,
    channel: provider.channel,
    ...(sent && {
      country: sent.country,
      operator: sent.operator,
      generation: sent.generation,
      submitted_at: sent.claimedAt,
    }),
    status: receipt.status,
    ...(sent && sent.receipt !== '' && { previous: sent.receipt }),
    ...(converted && { converted }),
    ...(withdrawn && { withdrawn }),
    ...(receipt.error && { error: receipt.error }),
    ...(receipt.permanent !== undefined && { permanent: receipt.permanent }),
    raw_status: receipt.rawStatus,
    ...(receipt.rawCode !== undefined && { raw_code: receipt.rawCode }),
    ...(receipt.providerMessageId !== undefined && { provider_message_id: receipt.providerMessageId }),
    ...(receipt.networkCode !== undefined && { network_code: receipt.networkCode }),
    ...(actualOperator !== '' && { actual_operator: actualOperator }),
    ...(receipt.price && { price: receipt.price }),
    ...(receipt.occurredAtMs !== undefined && { occurred_at: receipt.occurredAtMs }),
    received_at: nowMs,
  };
  const { type } = EVENTS[RECEIPT_TOPIC];
  return { topic: RECEIPT_TOPIC, type, key: verificationId, id: eventId(data), timeMs: nowMs, data } as const;
}

/** The same word on the same attempt has the same id, however often and in whichever request it comes. */
function eventId(receipt: ReceiptEvent): string {
  const word = [
    receipt.attempt_id,
    receipt.provider,
    receipt.provider_message_id,
    receipt.raw_status,
    receipt.raw_code,
  ];
  const hash = createHash('sha256').update(JSON.stringify(word)).digest('base64url').slice(0, 12);
  return `${receipt.attempt_id}.receipt.${hash}`;
}
