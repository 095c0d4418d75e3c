import { expect, it } from 'vitest';
import { createInFlight } from './in-flight.ts';

it('lets one provider hold 40 % of the slots, never less than one', () => {
  const slots = createInFlight(10, () => undefined);
  for (let i = 0; i < 4; i++) slots.take('north');
  expect(slots.isFull('north')).toBe(true);
  expect(slots.isFull('south')).toBe(false);
  const single = createInFlight(1, () => undefined);
  expect(single.isFull('north')).toBe(false);
});

it('takes the provider’s own bound where it has one', () => {
  const slots = createInFlight(10, (provider) => (provider === 'north' ? 1 : undefined));
  slots.take('north');
  expect(slots.isFull('north')).toBe(true);
});

it('gives a place back once, however often it is asked to', () => {
  const slots = createInFlight(10, () => 2);
  const release = slots.take('north');
  slots.take('north');
  slots.take('north');
  release();
  release();
  expect(slots.isFull('north')).toBe(true);
});
