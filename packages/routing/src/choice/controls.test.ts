import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findControl, weightsInPercent, type RouteControl } from './controls.ts';

const everything: RouteControl = { pin: 'default' };
const country: RouteControl = { country: 'DE', pin: 'country' };
const tenant: RouteControl = { tenant: 'shop', pin: 'tenant' };
const both: RouteControl = { tenant: 'shop', country: 'DE', pin: 'both' };
const all = [both, everything, tenant, country];

describe('G1: the control of a route', () => {
  it.each([
    ['app and country beat the rest', all, 'shop', 'DE', 'both'],
    ['app beats country', [country, tenant, everything], 'shop', 'DE', 'tenant'],
    ['country beats default', all, 'bank', 'DE', 'country'],
    ['default', all, 'bank', 'FR', 'default'],
    ['an unparsable number has no country: default', all, 'bank', '', 'default'],
    ['an unparsable number of an app: the app alone', all, 'shop', '', 'tenant'],
    ['a country that is none: default, never a crash', [...all, { country: '', pin: 'x' }], 'bank', '', 'default'],
    ['nothing where nobody asked for anything', [both], 'bank', 'FR', undefined],
  ])('%s', (_, controls, tenant, country, pin) => {
    for (const order of [controls, controls.toReversed()])
      expect(findControl(order, { tenant, country, channel: 'sms' })?.pin).toBe(pin);
  });

  it('one for the channel comes before one for all, and the later before the earlier', () => {
    const controls = [{ channel: 'sms', pin: 'sms' } as const, everything, { pin: 'later' }];
    expect(findControl(controls, { tenant: 't', country: 'DE', channel: 'sms' })?.pin).toBe('sms');
    expect(findControl(controls, { tenant: 't', country: 'DE', channel: 'voice' })?.pin).toBe('later');
  });
});

it('Q2: weights stay in 0 to 100 and sum to 100', () => {
  const weight = fc.oneof(fc.double(), fc.integer({ min: -5, max: 1_000 }));
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-f]$/), weight), (weights) => {
      const percent = Object.values(weightsInPercent(weights));
      const sum = percent.reduce((total, each) => total + each, 0);
      for (const each of percent) expect(Number.isInteger(each) && each >= 0 && each <= 100).toBe(true);
      const some = Object.values(weights).some((each) => each > 0);
      expect(sum).toBe(some ? 100 : 0);
    }),
  );
  expect(weightsInPercent({ a: 1, b: 1, c: 1 })).toEqual({ a: 34, b: 33, c: 33 });
});
