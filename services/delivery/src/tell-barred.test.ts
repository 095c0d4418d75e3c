import type { IneligibleReason, RouteDecision } from '@watchword/routing';
import { expect, it } from 'vitest';
import { createBarredTeller } from './tell-barred.ts';

const decisionOf = (...reasons: IneligibleReason[]): RouteDecision => ({
  rule: 'none_eligible',
  candidates: reasons.map((reason, at) => ({ provider: `p${at}`, eligible: false, reason })),
});

it('tells once a minute for each tenant and country why nobody may deliver, and nothing of who is busy or was tried', () => {
  const said: object[] = [];
  let nowMs = 0;
  const tell = createBarredTeller({ warn: (fields: object) => void said.push(fields) }, 'sms', () => nowMs);
  const to = { tenant: 'shop', country: 'IN' };
  tell(decisionOf('sender', 'in_flight_full'), to);
  tell(decisionOf('tried', 'price'), to);
  expect(said).toEqual([]);
  tell(decisionOf('sender', 'price'), to);
  tell(decisionOf('sender', 'price'), to);
  tell(decisionOf('country'), { ...to, country: 'FR' });
  expect(said).toEqual([
    { channel: 'sms', tenant: 'shop', country: 'IN', reasons: { p0: 'sender', p1: 'price' } },
    { channel: 'sms', tenant: 'shop', country: 'FR', reasons: { p0: 'country' } },
  ]);
  nowMs += 60_000;
  tell(decisionOf('sender'), to);
  expect(said).toHaveLength(3);
});
