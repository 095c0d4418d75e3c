import { BaseError } from '@watchword/contracts';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OutgoingRecord, Sender, SendResult } from '../driver.ts';
import { metricsFor } from '../metrics.ts';
import { createLanes } from './lanes.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** What may happen to one send. `lost`: it never reaches the broker. `unanswered`: it lands, its answer does not come back. */
const Fate = fc.record({
  kind: fc.oneof(
    { weight: 5, arbitrary: fc.constant('fine' as const) },
    { weight: 2, arbitrary: fc.constant('lost' as const) },
    { weight: 2, arbitrary: fc.constant('unanswered' as const) },
    { weight: 1, arbitrary: fc.constant('refused' as const) },
  ),
  delayMs: fc.integer({ min: 1, max: 3_000 }),
});
type Fate = typeof Fate extends fc.Arbitrary<infer T> ? T : never;

/**
 * A broker as an idempotent kafkajs producer sees it: a failed send takes its sequence numbers back, and a batch with
 * numbers and length that the broker has seen last is acknowledged without being written.
 */
function createBroker(fates: Fate[]) {
  const log = new Map<number, string[]>();
  let producerId = 0;
  const written = new Map<string, { next: number; lastBatch: string }>();
  const used = new Map<string, number>();
  const busy = new Set<number>();
  let sends = 0;

  function write(partition: number, at: string, records: readonly OutgoingRecord[]): boolean {
    const sequence = used.get(at) ?? 0;
    const state = written.get(at) ?? { next: 0, lastBatch: '' };
    const batch = `${sequence}+${records.length}`;
    if (batch === state.lastBatch) return true;
    if (sequence !== state.next) return false;
    written.set(at, { next: sequence + records.length, lastBatch: batch });
    const entries = log.get(partition) ?? [];
    log.set(partition, entries);
    entries.push(...records.map(({ value }) => String(value)));
    return true;
  }

  const sender: Sender = {
    async send(_topic, partition, records): Promise<SendResult> {
      expect(busy.has(partition), 'one send per partition at a time').toBe(false);
      busy.add(partition);
      const at = `${producerId}/${partition}`;
      const { kind, delayMs } = fates[sends++] ?? { kind: 'fine', delayMs: 1 };
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      busy.delete(partition);
      if (kind === 'refused') return { outcome: 'refused', reason: 'test' };
      if (kind === 'lost' || !write(partition, at, records)) return { outcome: 'unknown', reason: kind };
      if (kind === 'unanswered') return { outcome: 'unknown', reason: kind };
      used.set(at, (used.get(at) ?? 0) + records.length);
      return { outcome: 'acknowledged' };
    },
    renew: () => producerId++,
    connected: () => true,
    close: () => Promise.resolve(),
  };
  return { sender, log };
}

test('whatever fails: all that is acknowledged is in the log, a definite no is not, and keys stay in order', async () => {
  const Message = fc.record({
    key: fc.constantFrom('a', 'b', 'c'),
    afterMs: fc.integer({ min: 0, max: 2_000 }),
    timeoutMs: fc.integer({ min: 1, max: 30_000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(Message, { minLength: 1, maxLength: 60 }),
      fc.array(Fate, { maxLength: 60 }),
      async (messages, fates) => {
        const { sender, log } = createBroker(fates);
        const lanes = createLanes({
          sender,
          partitionCount: () => new Promise((resolve) => setTimeout(() => resolve(2), 5)),
          metrics: metricsFor(),
          bareName: (topic) => topic,
          now: Date.now,
          random: () => 0.3,
        });
        const answers: Promise<string>[] = [];
        for (const [i, { key, afterMs, timeoutMs }] of messages.entries()) {
          await vi.advanceTimersByTimeAsync(afterMs);
          const published = lanes.publish('t', { key, value: `${key}${i}`, headers: {} }, timeoutMs);
          answers.push(
            published.then(
              () => 'acknowledged',
              (error: BaseError) => error.code,
            ),
          );
        }
        await vi.advanceTimersByTimeAsync(600_000);
        const results = await Promise.all(answers);
        expect(lanes.oldestUnackedMs()).toBe(0);

        const stored = [...log.values()].flat();
        const valuesThatWere = (...codes: string[]): string[] =>
          messages.flatMap(({ key }, i) => (codes.includes(results[i]!) ? [`${key}${i}`] : []));
        expect(stored).toEqual(expect.arrayContaining(valuesThatWere('acknowledged')));
        const definitelyNot = valuesThatWere('OTP_BUS_FULL', 'OTP_BUS_UNAVAILABLE');
        expect(stored.filter((value) => definitelyNot.includes(value))).toEqual([]);
        for (const key of ['a', 'b', 'c']) {
          const firsts = [...new Set(stored.filter((value) => value.startsWith(key)))].map((v) => Number(v.slice(1)));
          expect(firsts).toEqual(firsts.toSorted((x, y) => x - y));
        }
      },
    ),
    { numRuns: 150 },
  );
});
