import { BaseError } from '@watchword/contracts';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { toHeaders, withEnvelope } from '../cloud-event.ts';
import type { RawRecord } from '../driver.ts';
import type { IncomingRecord } from '../port.ts';
import { processRecord, type ProcessDeps } from './process-record.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const headers = toHeaders({ id: 'i', type: 't', source: 's', subject: 'v', time: '2026-11-23T04:00:00.000Z' });
const record: RawRecord = { offset: '4', key: 'v', timestampMs: 1, value: Buffer.from('{}'), headers };

function setUp(handle: (record: IncomingRecord) => Promise<void>) {
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
  const handle = vi.fn(() => Promise.resolve());
  const { deps } = setUp(withEnvelope(handle));
  expect(await processRecord({ ...record, headers: {} }, deps)).toBe('dead');
  expect(deps.deadLetter.mock.calls[0]![1]).toBe('header ce_specversion is not 1.0');
  expect(await processRecord(record, deps)).toBe('done');
  expect(handle).toHaveBeenCalledOnce();
});

const away = () => new BaseError('OTP_STATE_UNAVAILABLE', 'Redis is away', { retry: true });

test('a fault of the infrastructure is tried again for as long as it lasts, at most 5 s apart, and is never buried', async () => {
  let healthy = false;
  const { deps } = setUp(() => (healthy ? Promise.resolve() : Promise.reject(away())));
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(deps.onFault.mock.calls.length).toBeGreaterThan(700);
  healthy = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await ended).toBe('done');
  expect(deps.deadLetter).not.toHaveBeenCalled();
});

test('a fault that says not to retry goes to the dead letters at once, with its code as the reason', async () => {
  const { deps } = setUp(() => Promise.reject(new BaseError('OTP_STATE_SCHEMA', 'schema 9', { retry: false })));
  expect(await processRecord(record, deps)).toBe('dead');
  expect(deps.handle).toHaveBeenCalledOnce();
  expect(deps.deadLetter.mock.calls).toEqual([[record, 'OTP_STATE_SCHEMA']]);
});

test('a bug is tried 20 times over about a minute; then its record is buried without a word of its message', async () => {
  const { deps } = setUp(() => Promise.reject(new TypeError('cannot read 15550001111')));
  const startedMs = Date.now();
  let endedMs = 0;
  const ended = processRecord(record, deps).finally(() => (endedMs = Date.now()));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(await ended).toBe('dead');
  expect(deps.handle).toHaveBeenCalledTimes(20);
  expect(endedMs - startedMs).toBeGreaterThan(30_000);
  expect(endedMs - startedMs).toBeLessThan(90_000);
  expect(deps.deadLetter.mock.calls).toEqual([[record, 'TypeError at 20 tries']]);
});

test('faults of the infrastructure use up none of the tries that a bug has', async () => {
  let calls = 0;
  const { deps } = setUp(() => {
    calls++;
    return Promise.reject(calls % 2 === 0 ? away() : new TypeError('a bug'));
  });
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(await ended).toBe('dead');
  expect(deps.handle).toHaveBeenCalledTimes(39);
});

test('a dead letter that Kafka does not take is no stop of the consumer: a new process would fare no better', async () => {
  const onFault = vi.fn<ProcessDeps['onFault']>();
  const { deps, stop } = setUp(() => Promise.reject(new BaseError('OTP_STATE_SCHEMA', 'schema 9', { retry: false })));
  deps.deadLetter.mockRejectedValue(new BaseError('OTP_BUS_UNAVAILABLE', 'refused', { retry: false }));
  const ended = processRecord(record, { ...deps, onFault });
  await vi.advanceTimersByTimeAsync(60_000);
  stop.abort();
  expect(await ended).toBe('abandoned');
  expect(onFault.mock.calls.length).toBeGreaterThan(5);
  expect(onFault.mock.calls.every(([, , burying]) => burying)).toBe(true);
});

test('stopping ends the waiting, and the record counts as not handled', async () => {
  const { deps, stop } = setUp(() => Promise.reject(away()));
  const ended = processRecord(record, deps);
  await vi.advanceTimersByTimeAsync(500);
  stop.abort();
  expect(await ended).toBe('abandoned');
});
