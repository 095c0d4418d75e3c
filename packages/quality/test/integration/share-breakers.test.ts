import { randomUUID } from 'node:crypto';
import type { Breaker, Cell } from '@watchword/routing';
import { connectGivenRedis, waitFor } from '@watchword/testkit';
import { afterAll, afterEach, expect, inject, it } from 'vitest';
import {
  breakerName,
  createBreakerStore,
  shareBreakers,
  type BreakerStore,
  type SharedBreakers,
} from '../../src/index.ts';

const redis = connectGivenRedis(inject('redis'));
const CELL: Cell = { provider: 'north', channel: 'sms', country: 'DE', operator: '262-01' };
const ELSEWHERE: Cell = { ...CELL, country: 'FR', operator: '208-01' };
/** They look every half second. */
const KNOWN_MS = 5_000;
const FAILED = { failed: true, probe: false };
const workers: SharedBreakers[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map(async (worker) => worker.stop()));
});
afterAll(async () => {
  await redis.quit();
});

/** A store that Redis is taken from and given back to. */
function outage() {
  const state = { away: false };
  const guard = (store: BreakerStore): BreakerStore => ({
    readChanged: async () => (state.away ? Promise.reject(new Error('away')) : store.readChanged()),
    swap: async (...given) => (state.away ? Promise.reject(new Error('away')) : store.swap(...given)),
  });
  return { state, guard };
}

/** Workers of one deployment, all with the same clock. */
function deploy(count: number, wrap: (store: BreakerStore) => BreakerStore = (store) => store) {
  const namespace = `${randomUUID()}:`;
  const clock = { now: 1_790_000_000_000 };
  const told: string[] = [];
  const started = Array.from({ length: count }, () => {
    const store = wrap(createBreakerStore(redis, { namespace }));
    const worker = shareBreakers(
      store,
      (name, to) => told.push(`${name} ${to}`),
      () => clock.now,
    );
    workers.push(worker);
    return worker;
  });
  return { workers: started, clock, told, namespace, store: createBreakerStore(redis, { namespace }) };
}

function fail(worker: SharedBreakers, cell = CELL, times = 5): void {
  for (let n = 0; n < times; n++) worker.record(cell, FAILED);
}

it('what one worker finds out all know soon, and one probe at a time finds out for all of them', async () => {
  const { workers: all, clock, told } = deploy(4);
  fail(all[0]!);
  expect(all[0]!.admits(CELL), 'at once').toBe('no');
  expect(all[0]!.admits(ELSEWHERE), 'the provider as a whole').toBe('no');
  await waitFor(() => all.every((worker) => worker.admits(CELL) === 'no'), {
    timeoutMs: KNOWN_MS,
    what: 'all workers to know',
  });
  clock.now += 15_000;
  expect(all.map((worker) => worker.admits(CELL))).toEqual(['probe', 'probe', 'probe', 'probe']);
  const claims = await Promise.all([...all, ...all].map(async (worker) => worker.beginProbe(CELL)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  const prober = all[claims.indexOf(true) % all.length]!;
  prober.record(CELL, { failed: true, probe: true });
  clock.now += 29_999;
  await waitFor(() => all.every((worker) => worker.admits(CELL) === 'no'), {
    timeoutMs: KNOWN_MS,
    what: 'all to know that it failed',
  });
  clock.now += 1;
  expect(await all[2]!.beginProbe(CELL)).toBe(true);
  all[2]!.record(CELL, { failed: false, probe: true });
  await waitFor(() => all.every((worker) => worker.admits(CELL) === 'call'), {
    timeoutMs: KNOWN_MS,
    what: 'it to be closed for all',
  });
  expect(told).toEqual(['hard|north open', 'hard|north closed']);
});

it('a cell that fails while the provider’s others do not has a breaker of its own', async () => {
  const {
    workers: [one, other],
    store,
  } = deploy(2);
  for (let n = 0; n < 5; n++) {
    one!.record(ELSEWHERE, { failed: false, probe: false });
    one!.record(ELSEWHERE, { failed: false, probe: false });
    fail(one!, CELL, 1);
  }
  expect([one!.admits(CELL), one!.admits(ELSEWHERE)]).toEqual(['no', 'call']);
  await waitFor(() => other!.admits(CELL) === 'no', { timeoutMs: KNOWN_MS, what: 'the other worker to know' });
  expect(other!.admits(ELSEWHERE)).toBe('call');
  expect([...(await store.readChanged())!.keys()]).toEqual([breakerName.cell(CELL)]);
});

it('while Redis is away what is known stays in force, what happens counts, and is told when it is back', async () => {
  const { state, guard } = outage();
  const {
    workers: [one, other],
    clock,
  } = deploy(2, guard);
  fail(one!);
  await waitFor(() => other!.admits(CELL) === 'no', { timeoutMs: KNOWN_MS, what: 'the other worker to know' });
  state.away = true;
  const south: Cell = { ...CELL, provider: 'south' };
  fail(other!, south);
  expect([one!.admits(CELL), other!.admits(CELL), other!.admits(south)]).toEqual(['no', 'no', 'no']);
  clock.now += 15_000;
  expect(await one!.beginProbe(CELL), 'nobody can say who has it').toBe(false);
  expect(one!.admits(CELL)).toBe('probe');
  clock.now -= 15_000;
  state.away = false;
  await waitFor(() => one!.admits(south) === 'no', { timeoutMs: KNOWN_MS, what: 'what happened meanwhile to be told' });
});

it('a soft breaker that the monitor wrote keeps all but a probe away', async () => {
  const {
    workers: [one, other],
    clock,
    store,
  } = deploy(2);
  const tripped = { tripped: true, openUntilMs: clock.now + 60_000, openings: 1, probeUntilMs: 0 };
  await store.swap(breakerName.soft(CELL), undefined, tripped);
  await waitFor(() => one!.admits(CELL) === 'no', { timeoutMs: KNOWN_MS, what: 'the worker to know' });
  expect(one!.admits(ELSEWHERE)).toBe('call');
  clock.now += 60_000;
  expect([await one!.beginProbe(CELL), await one!.beginProbe(CELL)]).toEqual([true, false]);
  await waitFor(() => other!.admits(CELL) === 'no', {
    timeoutMs: KNOWN_MS,
    what: 'the other one to know of the probe',
  });
  one!.record(CELL, { failed: false, probe: true });
  expect(one!.admits(CELL), 'that it took the message does not say that it delivers').toBe('no');
});

it('two that see it fail at the same time open it once, and an old closed one does not close it', async () => {
  const { workers: all, clock, store } = deploy(3);
  for (const worker of all) fail(worker);
  await waitFor(async () => (await store.readChanged())?.size === 1, { timeoutMs: KNOWN_MS, what: 'it to be written' });
  clock.now += 15_000;
  await waitFor(async () => all[1]!.beginProbe(CELL), { timeoutMs: KNOWN_MS, what: 'a probe' });
  all[1]!.record(CELL, { failed: false, probe: true });
  // the others have not read that yet, or just now: theirs begins from what they last saw
  for (const worker of all) fail(worker);
  await waitFor(() => all.every((worker) => worker.admits(CELL) === 'no'), {
    timeoutMs: KNOWN_MS,
    what: 'it to be open for all',
  });
  expect([...(await store.readChanged())!.keys()]).toEqual([breakerName.provider('north')]);
});

it('what opened while Redis was away stays open, though nobody can claim its probe', async () => {
  const { state, guard } = outage();
  const {
    workers: [one],
    clock,
    store,
  } = deploy(1, guard);
  state.away = true;
  fail(one!);
  clock.now += 15_000;
  expect(await one!.beginProbe(CELL)).toBe(false);
  expect(one!.admits(CELL)).toBe('probe');
  state.away = false;
  await waitFor(async () => (await store.readChanged())?.has(breakerName.provider('north')), {
    timeoutMs: KNOWN_MS,
    what: 'it to be told',
  });
  expect(await one!.beginProbe(CELL)).toBe(true);
});

it.each<[string, boolean, 'call' | 'no', Partial<Breaker>]>([
  ['that opened', false, 'call', { tripped: false }],
  ['that closed', true, 'no', { tripped: true, openings: 2 }],
])('one %s while Redis was away does not undo what others found out later', async (_, closes, expected, later) => {
  const { state, guard } = outage();
  const {
    workers: [one],
    clock,
    store,
  } = deploy(1, guard);
  const name = breakerName.provider('north');
  if (closes) {
    fail(one!);
    clock.now += 15_000;
    await waitFor(async () => one!.beginProbe(CELL), { timeoutMs: KNOWN_MS, what: 'a probe' });
  }
  state.away = true;
  if (closes) one!.record(CELL, { failed: false, probe: true });
  else fail(one!);
  clock.now += 60_000;
  const before = (await store.readChanged())?.get(name);
  await store.swap(name, before, {
    tripped: later.tripped!,
    openUntilMs: clock.now + (later.tripped ? 30_000 : 0),
    openings: 2,
    probeUntilMs: 0,
  });
  state.away = false;
  await waitFor(() => one!.admits(CELL) === expected, { timeoutMs: KNOWN_MS, what: 'theirs to be known' });
  expect((await store.readChanged())!.get(name)!.breaker).toMatchObject(later);
});

it('one that others have closed begins anew: what failed here while it was open is not counted', async () => {
  const {
    workers: [one, other],
    clock,
  } = deploy(2);
  fail(one!, CELL, 4);
  fail(other!);
  await waitFor(() => one!.admits(CELL) === 'no', { timeoutMs: KNOWN_MS, what: 'the worker to know' });
  fail(one!, CELL, 20);
  clock.now += 15_000;
  expect(await other!.beginProbe(CELL)).toBe(true);
  other!.record(CELL, { failed: false, probe: true });
  await waitFor(() => one!.admits(CELL) === 'call', { timeoutMs: KNOWN_MS, what: 'it to be closed for all' });
  fail(one!, CELL, 1);
  expect(one!.admits(CELL)).toBe('call');
});

it('a Redis that lost its data is noticed, however many changes were made since', async () => {
  const { store, namespace } = deploy(0);
  const writer = createBreakerStore(redis, { namespace });
  const tripped = { tripped: true, openUntilMs: 1, openings: 1, probeUntilMs: 0 };
  await writer.swap('hard|north', undefined, tripped);
  expect([...(await store.readChanged())!.keys()]).toEqual(['hard|north']);
  await redis.del(`{${namespace}quality}:breakers`);
  await writer.swap('hard|south', undefined, tripped);
  expect([...((await store.readChanged()) ?? new Map()).keys()]).toEqual(['hard|south']);
});

it.each(['', 'null', '{"tripped":true}', '{"tripped":1,"openUntilMs":9e15,"openings":1,"probeUntilMs":0}'])(
  'a field of another version, %j, keeps nobody away and gives way to the next change',
  async (text) => {
    const {
      workers: [one],
      namespace,
      store,
    } = deploy(1);
    await redis.hset(`{${namespace}quality}:breakers`, 'hard|north', text, '', 'x');
    await waitFor(async () => (await store.readChanged()) !== undefined, {
      timeoutMs: KNOWN_MS,
      what: 'it to be there',
    });
    expect(one!.admits(CELL)).toBe('call');
    fail(one!);
    await waitFor(async () => (await store.readChanged())?.get('hard|north')?.breaker.tripped, {
      timeoutMs: KNOWN_MS,
      what: 'it to be replaced',
    });
  },
);
