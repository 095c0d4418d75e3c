import { BaseError, StartRequest, type IngressResultEvent } from '@watchword/contracts';
import { createKeyRing } from '@watchword/otp';
import { createBodyValidator, type PublishableEvent, type TenantConfig } from '@watchword/runtime';
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import { takeRecord, type IngressDeps, type IngressEvent } from '../../src/ingress/consume-ingress.ts';
import { createFairGate } from '../../src/ingress/fair-gate.ts';
import type { Verdict } from '../../src/ingress/verdict.ts';

const TO = '+4915112345678';
const tenant = {
  id: 'shop',
  defaults: { lifeMs: 600_000 },
  ingress: { topic: 't', clearRecipients: true },
} as unknown as TenantConfig;

let deps: IngressDeps;
let published: PublishableEvent[];
let verdicts: Verdict[];
let logged: string[];
let stopping: AbortController;
beforeEach(() => {
  published = [];
  verdicts = [];
  logged = [];
  stopping = new AbortController();
  const untouched = new Proxy({} as IngressDeps['requests'], {
    get: () => {
      throw new Error('nothing is asked of Redis here');
    },
  });
  deps = {
    bus: undefined as never,
    tenants: new Map([['t', tenant]]),
    gate: createFairGate(1),
    publish: async (event) => void published.push(event),
    onVerdict: (verdict) => void verdicts.push(verdict),
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    stopping: stopping.signal,
    prepare: () => Promise.reject(new Error('not foreseen')),
    validate: createBodyValidator(StartRequest),
    requests: untouched,
    records: untouched,
    lookupKeys: createKeyRing({ lookup: { current: 'k1', keys: { k1: new Uint8Array(32) } } }),
    ingressKeys: undefined,
    onUnkept: () => undefined,
    now: () => 2_500,
  };
});

const recordOf = (value: object, headers: Record<string, string> = {}): IngressEvent => ({
  topic: 't',
  partition: 2,
  offset: '9',
  timestampMs: 1_000,
  value: Buffer.from(JSON.stringify(value)),
  headers,
});
const resultOf = (event: PublishableEvent | undefined) => event?.data as IngressResultEvent;

it('what nobody foresaw is tried again, then told to the platform: the record is neither lost nor in the way for ever', async () => {
  await takeRecord(deps, recordOf({ to: TO }, { 'idempotency-key': 'k' }));
  expect(published).toHaveLength(1);
  expect(published[0]).toMatchObject({ key: 'shop|k', id: 't/2/9/1000', timeMs: 2_500 });
  expect(resultOf(published[0])).toMatchObject({ outcome: 'rejected', code: 'internal', reference: 'k' });
  expect(logged).toHaveLength(5);
  expect(logged.join('')).not.toContain(TO.slice(-8));
});

it('a fault that passes is thrown back at once, for the bus to try again; nothing is told', async () => {
  deps.prepare = () => Promise.reject(new BaseError('OTP_STATE_UNAVAILABLE', 'away', { retry: true }));
  await expect(takeRecord(deps, recordOf({ to: TO }))).rejects.toMatchObject({ code: 'OTP_STATE_UNAVAILABLE' });
  expect([published, verdicts]).toEqual([[], []]);
  expect(deps.gate.waiting()).toBe(0);
});

it('a result that Kafka does not take leaves the record uncommitted and uncounted', async () => {
  deps.publish = () => Promise.reject(new BaseError('OTP_BUS_TIMEOUT', 'slow', { retry: true }));
  await expect(takeRecord(deps, recordOf({ colour: 'red' }))).rejects.toMatchObject({ code: 'OTP_BUS_TIMEOUT' });
  expect(verdicts).toEqual([]);
});

it.each([
  ['that Kafka refuses', new BaseError('OTP_BUS_UNAVAILABLE', 'refused', { retry: false })],
  ['that meets what nobody foresaw', new Error('a bug')],
])(
  'a result %s leaves the record waiting: it is no dead letter, for what it tells has happened',
  async (_, refusal) => {
    deps.publish = () => Promise.reject(refusal);
    await expect(takeRecord(deps, recordOf({ colour: 'red' }))).rejects.toMatchObject({
      code: 'OTP_INGRESS_WAITING',
      retry: true,
      cause: refusal,
    });
    expect(verdicts).toEqual([]);
  },
);

it('a record that waits for one in flight lets go when the service stops', async () => {
  deps.prepare = () =>
    Promise.reject(new BaseError('OTP_INGRESS_WAITING', 'in flight', { retry: true, context: { in_flight: true } }));
  const taking = takeRecord(deps, recordOf({ to: TO }));
  stopping.abort();
  await expect(taking).rejects.toMatchObject({ code: 'OTP_INGRESS_WAITING', retry: true });
  expect(published).toEqual([]);
});

it('one whose name is wrong is told by its place', async () => {
  await takeRecord(deps, recordOf({ to: TO }, { 'idempotency-key': 'k'.repeat(300) }));
  expect(published[0]!.key).toBe('shop|t/2/9');
  expect(resultOf(published[0])).toMatchObject({ outcome: 'rejected', code: 'invalid_request', reference: 't/2/9' });
  expect(verdicts).toHaveLength(1);
});
