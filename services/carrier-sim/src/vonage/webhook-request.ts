import type { CarriedReceipt } from '../carry.ts';
import type { VonageProviderConfig } from '../config.ts';
import { signWebhook } from './sign-webhook.ts';

/** A webhook as Vonage sends it: signed JSON by POST, or the same fields in the query by GET. */
export function webhookRequest(
  account: VonageProviderConfig,
  target: { url: string; method: 'POST' | 'GET' },
  fields: object,
): ReturnType<CarriedReceipt['request']> {
  const isPost = target.method === 'POST';
  const body = isPost ? JSON.stringify(fields) : undefined;
  return {
    url: isPost ? target.url : withQuery(target.url, fields),
    method: target.method,
    body,
    headers: () => ({
      ...(isPost ? { 'content-type': 'application/json' } : {}),
      ...signWebhook(account, body ?? '', Math.floor(Date.now() / 1000)),
    }),
  };
}

function withQuery(url: string, fields: object): string {
  const complete = new URL(url);
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) complete.searchParams.append(name, String(value));
  }
  return complete.href;
}
