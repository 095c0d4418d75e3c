import { createSecretKey } from 'node:crypto';
import type { NormalisedReceipt, ParsedWebhook, Receiver, Verified, WebhookRequest } from '../port.ts';
import { requireSignatureSecret } from '../vonage/account.ts';
import { parseObject } from '../vonage/problem.ts';
import { money, present, shortText, timeMs } from '../vonage/raw-fields.ts';
import { verifySignedWebhook } from '../vonage/signed-webhook.ts';
import { readCallbackPath } from './callback-path.ts';
import type { VonageVoiceSettings } from './submitter.ts';

/** Greeting and six digits, slowly, once: a call that lasted at least as long counts as delivered. */
const READING_MS = 8_000;

/**
 * Events of the Voice API. Both the path (which attempt) and the body (what happened) must be signed.
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED` without a signature secret
 */
export function createVonageVoiceReceiver(settings: VonageVoiceSettings): Receiver {
  const secret = requireSignatureSecret(settings);
  const trust = { ...settings, signatureKey: createSecretKey(secret, 'utf8') };
  const readPath = (request: WebhookRequest) => readCallbackPath(secret, settings.name, request.path);
  return {
    verify(request): Verified {
      const path = readPath(request);
      if (path.outcome === 'malformed') return { outcome: 'refused', reason: 'malformed' };
      if (path.outcome === 'forged') return { outcome: 'refused', reason: 'signature' };
      return verifySignedWebhook(trust, request);
    },
    parse(request): ParsedWebhook {
      const path = readPath(request);
      if (path.outcome !== 'read') return { outcome: 'malformed', reason: 'the path names no attempt' };
      return parseEvent(path.attemptId, request.rawBody);
    },
  };
}

function parseEvent(attemptId: string, rawBody: Buffer): ParsedWebhook {
  const body = parseObject(rawBody.toString('utf8'));
  if (!body) return { outcome: 'malformed', reason: 'the body is not a JSON object' };
  const rawStatus = shortText(body['status']);
  if (rawStatus === undefined) return { outcome: 'malformed', reason: 'no status' };
  const rawCode = shortText(body['detail']);
  const receipt = {
    attemptId,
    ...present({
      // human and machine name the call `call_uuid`.
      providerMessageId: shortText(body['uuid']) ?? shortText(body['call_uuid']),
      rawCode,
      occurredAtMs: timeMs(body['timestamp']),
      networkCode: shortText(body['network']),
      // The Voice API charges in euros.
      price: rawStatus === 'completed' ? money(body['price'], 'EUR') : undefined,
    }),
    rawStatus,
    ...normaliseEvent(rawStatus, rawCode, readDurationMs(body)),
  };
  return { outcome: 'parsed', receipts: [receipt] };
}

type Meaning = Pick<NormalisedReceipt, 'status' | 'error' | 'permanent'>;
const UNREACHED: Meaning = { status: 'undelivered', error: 'unreachable', permanent: false };
const NO_SUCH_NUMBER: Meaning = { status: 'undelivered', error: 'invalid_number', permanent: true };
const BARRED: Meaning = { status: 'undelivered', error: 'blocked', permanent: true };

/**
 * What an event means in our words. The SDK's list of statuses is incomplete, so they are open strings; one we don't
 * know is `unknown`. Nobody tells whether a person listened: a call that lasted one reading is as near as it gets.
 * Source: https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook.
 */
export function normaliseEvent(rawStatus: string, detail: string | undefined, durationMs: number | undefined): Meaning {
  switch (rawStatus) {
    case 'started':
      return { status: 'accepted' };
    case 'ringing':
    case 'answered':
      return { status: 'sent' };
    case 'human':
      return { status: 'delivered' };
    case 'completed':
      if (durationMs === undefined) return { status: 'unknown' };
      return durationMs >= READING_MS ? { status: 'delivered' } : UNREACHED;
    // A code must not stay on an answering machine; machine detection is off, so this comes only if somebody turns it on.
    case 'machine':
    case 'busy':
    case 'unanswered':
    case 'timeout':
    case 'cancelled':
      return UNREACHED;
    case 'rejected':
      return detail === 'invalid_number' ? NO_SUCH_NUMBER : BARRED;
    case 'failed':
      return normaliseFailed(detail);
    default:
      return { status: 'unknown' };
  }
}

function normaliseFailed(detail: string | undefined): Meaning {
  switch (detail) {
    case 'number_out_of_service':
      return NO_SUCH_NUMBER;
    case 'cannot_route':
      return BARRED;
    default:
      return { status: 'undelivered', error: 'unknown', permanent: false };
  }
}

/** `duration` is in seconds, as text; without it the two ends of the call tell. */
function readDurationMs(body: Record<string, unknown>): number | undefined {
  const duration = shortText(body['duration']);
  if (duration !== undefined && /^\d{1,6}(\.\d+)?$/.test(duration)) return Number(duration) * 1000;
  const start = timeMs(body['start_time']);
  const end = timeMs(body['end_time']);
  return start === undefined || end === undefined || end < start ? undefined : end - start;
}
