import { createHash, createHmac, randomUUID } from 'node:crypto';
import { API_KEY, APPLICATION_ID } from '@watchword/cli';
import type { Product } from './start-product.ts';

export interface SignedWebhook {
  body: string;
  authorization: string;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A webhook as Vonage signs it: HS256 over claims that bind the raw body, by `node:crypto` alone. */
export function signWebhook(
  body: string,
  secret: string,
  { issuedAtMs = Date.now(), algorithm = 'HS256' } = {},
): SignedWebhook {
  const claims = {
    iss: 'Vonage',
    iat: Math.floor(issuedAtMs / 1000),
    jti: randomUUID(),
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: API_KEY,
    application_id: APPLICATION_ID,
  };
  const signed = `${encode({ alg: algorithm, typ: 'JWT' })}.${encode(claims)}`;
  const signature = algorithm === 'none' ? '' : createHmac('sha256', secret).update(signed).digest('base64url');
  return { body, authorization: `Bearer ${signed}.${signature}` };
}

/** The body of a status of the Messages API; no `attempt` makes one of a message that nobody sent. */
export function messageStatus(
  status: 'submitted' | 'delivered' | 'rejected' | 'undeliverable',
  attempt?: string,
  errorCode?: number,
): string {
  const type = `https://developer.vonage.com/api-errors/messages#${errorCode}`;
  return JSON.stringify({
    message_uuid: randomUUID(),
    to: '4915112345678',
    from: 'Watchword',
    timestamp: new Date().toISOString(),
    status,
    channel: 'sms',
    ...(attempt !== undefined && { client_ref: attempt }),
    ...(errorCode !== undefined && { error: { type, title: String(errorCode) } }),
  });
}

/** Posts a webhook to where a provider's go, and says how it was answered. */
export async function postWebhook(
  product: Product,
  path: string,
  { body, authorization }: Partial<SignedWebhook>,
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${product.url}/webhooks/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: body ?? '',
  });
  return { status: response.status, answer: await response.json() };
}
