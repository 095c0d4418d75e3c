import { expect, it } from 'vitest';
import { createInFlight } from './in-flight.ts';

it('is full for the provider that has as many calls as it may, and for no other', () => {
  const slots = createInFlight(() => 2);
  slots.take('north');
  expect(slots.isFull('north')).toBe(false);
  slots.take('north');
  expect(slots.isFull('north')).toBe(true);
  expect(slots.isFull('south')).toBe(false);
});

it('gives a place back once, however often it is asked to', () => {
  const slots = createInFlight(() => 2);
  const release = slots.take('north');
  slots.take('north');
  slots.take('north');
  release();
  release();
  expect(slots.isFull('north')).toBe(true);
});
