import { createRouter, NO_SCORES } from '@watchword/routing';
import { expect, it } from 'vitest';
import type { DeliveryControl } from './follow-controls.ts';
import { createRouteTerms } from './route-terms.ts';

const priced = (amount: string, currency = 'EUR') => ({ price: { amount, currency, countries: { CH: '0.30' } } });
const provider = (name: string, priority: number, more: object = {}) => ({
  name,
  channel: 'sms' as const,
  priority,
  ...more,
});

/** What becomes of a choice for the tenant: whom it falls on, and why the others are out. */
function choose(
  country: string,
  controls: readonly DeliveryControl[] = [],
  given: { tenant?: string; registeredOnly?: string[]; residency?: Record<string, string[]> } = {},
) {
  const { tenant = 'shop', registeredOnly = [], residency = {} } = given;
  const terms = createRouteTerms({
    config: {
      providers: [
        provider('north', 10, { ...priced('0.05'), dataRegion: 'eu', registeredIn: [] }),
        provider('south', 20, { ...priced('0.02'), dataRegion: 'in', registeredIn: ['IN'] }),
        provider('west', 30, priced('0.01', 'USD')),
        provider('plain', 40),
        { ...provider('bell', 1), channel: 'voice' },
      ],
      tenants: [
        { id: 'shop', providers: ['north', 'south', 'west', 'plain', 'bell'] },
        { id: 'bank', providers: ['north', 'south', 'west', 'plain'], dataRegions: ['eu', 'in'] },
      ],
      routing: { registeredOnly, residency },
    },
    channel: 'sms',
    controls: () => controls,
  })(tenant, country);
  const choice = createRouter(() => NO_SCORES).choose({
    channel: 'sms',
    country,
    candidates: terms.candidates,
    excluded: terms.excluded,
    control: terms.control ?? {},
    random: () => 0.5,
  });
  const reasons = choice.decision.candidates.flatMap(({ provider: name, reason }) =>
    reason === undefined ? [] : [`${name} ${reason}`],
  );
  return [choice.outcome === 'chosen' ? choice.provider : 'nobody', ...reasons.sort()];
}

it('leaves everybody of the channel in where nothing is asked', () => {
  expect(choose('DE')).toEqual(['north']);
});

it('takes a registered sender where the country demands one, and whoever there is elsewhere', () => {
  const given = { registeredOnly: ['IN', 'SG'] };
  expect(choose('IN', [], given)).toEqual(['south', 'north sender', 'plain sender', 'west sender']);
  expect(choose('SG', [], given)[0]).toBe('nobody');
  expect(choose('DE', [], given)).toEqual(['north']);
});

it('keeps data where country and tenant want it, both of them; who keeps it nobody knows where is out', () => {
  const given = { residency: { IN: ['in'], DE: ['eu', 'de'] } };
  expect(choose('IN', [], given)).toEqual(['south', 'north residency', 'plain residency', 'west residency']);
  expect(choose('FR', [], { ...given, tenant: 'bank' })).toEqual(['north', 'plain residency', 'west residency']);
  expect(choose('DE', [], { ...given, tenant: 'bank' })[0]).toBe('north');
  const nowhere = { tenant: 'bank', residency: { US: ['us'] } };
  expect(choose('US', [], nowhere)[0]).toBe('nobody');
});

it('holds to a ceiling: what is dearer or in another currency is out, what has no price is not', () => {
  const ceiling = (priceMax: number, currency = 'EUR'): DeliveryControl[] => [{ priceMax, currency }];
  expect(choose('DE', ceiling(0.05))).toEqual(['north', 'west price']);
  expect(choose('DE', ceiling(0.03))).toEqual(['south', 'north price', 'west price']);
  expect(choose('CH', ceiling(0.29))).toEqual(['plain', 'north price', 'south price', 'west price']);
  expect(choose('DE', ceiling(0.02, 'USD'))).toEqual(['west', 'north price', 'south price']);
});

it('takes the control of tenant and country as it stands at the call', () => {
  const controls: DeliveryControl[] = [
    { country: 'DE', drained: ['north'] },
    { tenant: 'bank', pin: 'south' },
  ];
  expect(choose('DE', controls)).toEqual(['south', 'north drained']);
  expect(choose('FR', controls)).toEqual(['north']);
  expect(choose('FR', controls, { tenant: 'bank' })[0]).toBe('south');
});

it('never loses a send to a pin: whom data may not go to is not taken, another one is', () => {
  const given = { residency: { DE: ['eu'] } };
  expect(choose('DE', [{ pin: 'south' }], given)[0]).toBe('north');
});
