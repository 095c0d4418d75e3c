import { expect, test } from 'vitest';
import { priceOf } from './price-of.ts';

const price = { currency: 'EUR', amount: '0.05', countries: { DE: '0.0712' } };

test.each([
  ['DE', '0.0712'],
  ['FR', '0.05'],
  ['', '0.05'],
])('a message to %j costs %s', (country, amount) => {
  expect(priceOf(price, country)).toEqual({ amount, currency: 'EUR' });
});

test('without a price in the configuration there is none', () => {
  expect(priceOf(undefined, 'DE')).toBeUndefined();
});
