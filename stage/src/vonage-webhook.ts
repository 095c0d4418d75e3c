import { randomUUID } from 'node:crypto';
import { signWebhook } from '@watchword/carrier-sim';
import { API_KEY, APPLICATION_ID } from '@watchword/standalone';

/** The Authorization of a webhook, signed as the simulator signs its own. */
export function authorizationOf(body: string, signatureSecret: string): string {
  const account = { apiKey: API_KEY, applicationId: APPLICATION_ID, signatureSecret };
  return signWebhook(account, body, Math.floor(Date.now() / 1000))['authorization']!;
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
