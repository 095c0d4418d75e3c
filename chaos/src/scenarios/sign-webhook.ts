import { createHash, createHmac, randomUUID } from 'node:crypto';
import { API_KEY, APPLICATION_ID } from '@watchword/standalone';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The Authorization of a webhook as Vonage signs it: HS256 over claims that bind the raw body. */
export function signWebhook(body: string, secret: string): string {
  const claims = {
    iss: 'Vonage',
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: API_KEY,
    application_id: APPLICATION_ID,
  };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `Bearer ${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The body of a status of the Messages API. */
export function messageStatus(status: 'submitted' | 'delivered' | 'rejected', clientRef: string): string {
  return JSON.stringify({
    message_uuid: randomUUID(),
    to: '4915112345678',
    from: 'Watchword',
    timestamp: new Date().toISOString(),
    status,
    channel: 'sms',
    client_ref: clientRef,
  });
}
