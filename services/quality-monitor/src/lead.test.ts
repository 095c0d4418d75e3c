import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { startLeading } from './lead.ts';

afterEach(() => vi.useRealTimers());

/** Leads by a lease that counts how often it was asked for, and a round that ends when it is told to. */
function leadLong() {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const ended = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let holds = 0;
  const leading = startLeading({
    makes: 'scores',
    lease: { hold: async () => ++holds > 0, yield: async () => undefined },
    begin: () => async () => {
      begun.resolve();
      await ended.promise;
    },
    onLead: () => undefined,
    log: pino({ level: 'silent' }),
  });
  return {
    begun: begun.promise,
    holds: () => holds,
    async stop() {
      ended.resolve();
      await leading.stop();
    },
  };
}

test('a long round keeps the lease, so that nobody begins the same beside it', async () => {
  const lead = leadLong();
  await lead.begun;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(lead.holds()).toBe(31);
  await lead.stop();
});

test('a round that hangs loses it', async () => {
  const lead = leadLong();
  await lead.begun;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(lead.holds()).toBe(181);
  await lead.stop();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lead.holds()).toBe(181);
});
