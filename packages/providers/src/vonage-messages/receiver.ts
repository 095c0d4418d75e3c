import { createSecretKey } from 'node:crypto';
import { parseAttemptId } from '@watchword/contracts';
import type { NormalisedReceipt, ParsedWebhook, Receiver, WebhookRequest } from '../port.ts';
import { requireSignatureSecret } from '../vonage/account.ts';
import { asObject, parseObject } from '../vonage/problem.ts';
import { money, present, shortText, timeMs } from '../vonage/raw-fields.ts';
import { verifySignedWebhook } from '../vonage/signed-webhook.ts';
import { MESSAGES_CODES } from './codes.ts';
import type { VonageMessagesSettings } from './submitter.ts';

/**
 * Status webhooks of the Messages API, format v1 (which every submission asks for).
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED` without a signature secret
 */
export function createVonageMessagesReceiver(settings: VonageMessagesSettings): Receiver {
  const trust = { ...settings, signatureKey: createSecretKey(requireSignatureSecret(settings), 'utf8') };
  return { verify: (request) => verifySignedWebhook(trust, request), parse: parseStatus };
}

function parseStatus(request: WebhookRequest): ParsedWebhook {
  const body = parseObject(request.rawBody.toString('utf8'));
  if (!body) return { outcome: 'malformed', reason: 'the body is not a JSON object' };
  const rawStatus = shortText(body['status']);
  if (rawStatus === undefined) return { outcome: 'malformed', reason: 'no status' };
  const reference = shortText(body['client_ref']);
  const rawCode = readCode(asObject(body['error']));
  const usage = asObject(body['usage']);
  const receipt = {
    ...present({
      attemptId: reference !== undefined && parseAttemptId(reference) ? reference : undefined,
      providerMessageId: shortText(body['message_uuid']),
      rawCode,
      occurredAtMs: timeMs(body['timestamp']),
      networkCode: shortText(asObject(body['destination'])?.['network_code']),
      price: money(usage?.['price'], usage?.['currency']),
    }),
    rawStatus,
    ...normaliseStatus(rawStatus, rawCode),
  };
  return { outcome: 'parsed', receipts: [receipt] };
}

/** What a status, with the code that a failure carries, means in our words. A status we don't know is `unknown`. */
export function normaliseStatus(
  rawStatus: string,
  rawCode: string | undefined,
): Pick<NormalisedReceipt, 'status' | 'error' | 'permanent'> {
  switch (rawStatus) {
    case 'submitted':
      return { status: 'sent' };
    case 'delivered':
    case 'read':
      return { status: 'delivered' };
    case 'undeliverable':
    case 'rejected': {
      const meaning = rawCode === undefined ? undefined : MESSAGES_CODES[rawCode];
      if (meaning) return { ...meaning };
      return rawStatus === 'rejected'
        ? { status: 'rejected', error: 'unknown', permanent: false }
        : { status: 'undelivered', error: 'unreachable', permanent: false };
    }
    default:
      return { status: 'unknown' };
  }
}

/** The number after `#` in `type` (v1), else a numeric `title` or `code` (older formats). */
function readCode(error: Record<string, unknown> | undefined): string | undefined {
  const fromType = /#(\w{1,16})$/.exec(shortUrl(error?.['type']))?.[1];
  if (fromType !== undefined) return fromType;
  return [error?.['title'], error?.['code']].map(shortText).find((text) => text !== undefined && /^\d+$/.test(text));
}

function shortUrl(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 256) : '';
}
