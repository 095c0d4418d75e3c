import { BaseError } from '@watchword/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toHeaders } from '../cloud-event.ts';
import type { RawRecord } from '../driver.ts';
import type { IncomingEvent } from '../port.ts';
import { processRecord, type ProcessDeps } from './process-record.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const headers = toHeaders({ id: 'i', type: 't', source: 's', subject: 'v', time: '2026-11-23T04:00:00.000Z' });
const record: RawRecord = { offset: '4', key: 'v', timestampMs: 1, value: Buffer.from('{}'), headers };

function setUp(handle: (event: IncomingEvent) => Promise<void>) {
  const stop = new AbortController();
  const deps = {
    topic: 'a',
    partition: 2,
    handle: vi.fn(handle),
    deadLetter: vi.fn<ProcessDeps['deadLetter']>(() => Promise.resolve()),
    onFault: vi.fn(),
    signal: stop.signal,
    random: () => 0.5,
  };
  return { deps, stop };
}

test('a record that cannot be parsed is finished once its dead letter is in Kafka', async () => {
  const { deps } = setUp(() => Promise.reject(new BaseError('OTP_BUS_UNPARSABLE', 'no version', { retry: false })));
  deps.deadLetter.mockRejectedValueOnce(new Error('Kafka is away'));
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await ended).toBe('dead');
  expect(deps.deadLetter.mock.calls).toEqual([
    [record, 'no version'],
    [record, 'no version'],
  ]);
});

test('a record without CloudEvents attributes never reaches the handler', async () => {
  const { deps } = setUp(() => Promise.resolve());
  expect(await processRecord({ ...record, headers: {} }, deps)).toBe('dead');
  expect(deps.handle).not.toHaveBeenCalled();
});

test('any other fault is tried again for as long as it lasts, at most 5 s apart', async () => {
  let healthy = false;
  const { deps } = setUp(() => (healthy ? Promise.resolve() : Promise.reject(new Error('Redis is away'))));
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(deps.onFault.mock.calls.length).toBeGreaterThan(700);
  healthy = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await ended).toBe('done');
  expect(deps.deadLetter).not.toHaveBeenCalled();
});

test('stopping ends the waiting, and the record counts as not handled', async () => {
  const { deps, stop } = setUp(() => Promise.reject(new Error('Redis is away')));
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(500);
  stop.abort();
  expect(await ended).toBe('abandoned');
});
