import type { Offer } from './offer-requests.ts';

/** Starts by SMS, each of a number of its own. @param first so that two groups of them meet nobody twice */
export function startRequests(apiKey: string, count: number, first = 0): Offer['requests'] {
  return Array.from({ length: count }, (_, n) => ({
    method: 'POST',
    path: '/v1/verifications',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ to: `+4915${String(first + n).padStart(9, '0')}`, channel: 'sms' }),
  }));
}
