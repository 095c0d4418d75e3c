import { normaliseAddress } from '../address.ts';

/** What a request that was refused seems to have wanted, for the ledger. */
export function claimedFields(body: unknown): { to?: string; clientRef?: string; callbackUrl?: string } {
  if (body === null || typeof body !== 'object') return {};
  const { to, client_ref: clientRef, webhook_url: webhookUrl, event_url: eventUrl } = body as Record<string, unknown>;
  const number = Array.isArray(to) ? (to[0] as { number?: unknown } | undefined)?.number : to;
  const url: unknown = Array.isArray(eventUrl) ? eventUrl[0] : webhookUrl;
  return {
    ...(typeof number === 'string' ? { to: normaliseAddress(number) } : {}),
    ...(typeof clientRef === 'string' ? { clientRef } : {}),
    ...(typeof url === 'string' ? { callbackUrl: url } : {}),
  };
}
