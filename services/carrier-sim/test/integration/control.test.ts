import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import { SOON, behave, control, inbox, ledger, sdkFor, sms, startSim } from '../sim.ts';

const TO = '+4915112345678';

let sim: CarrierSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.stop());
afterEach(() => control(sim, 'POST', 'reset'));

async function json(response: Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await response).json()) as Record<string, unknown>;
}

describe('the control API', () => {
  it('shows every provider, and no credentials', async () => {
    const text = await (await control(sim, 'GET', 'providers')).text();
    expect(text).toMatch(/"alpha".*"beta".*"mail"/);
    expect(text).not.toMatch(/secret|PUBLIC KEY|abcd1234/);
  });

  it('changes a running provider: PATCH merges, PUT replaces', async () => {
    await behave(sim, 'alpha', { errors: { http_500: 1 } });
    await expect(sdkFor(sim).messages.send(sms())).rejects.toThrow('500');
    const patched = await json(control(sim, 'PATCH', 'providers/alpha', { errors: { http_500: 0 } }));
    expect(patched).toMatchObject({ name: 'alpha', behaviour: { latency: { median_ms: 20 } } });
    await sdkFor(sim).messages.send(sms());
    const put = await json(control(sim, 'PUT', 'providers/alpha', { submit_latency_ms: 1 }));
    expect(put).toMatchObject({ behaviour: { latency: { median_ms: 800 }, submit_latency_ms: 1 } });
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
  });

  it('says what is wrong with a change, and changes nothing', async () => {
    const response = await control(sim, 'PATCH', 'providers/alpha', { errors: { hang: 2 }, speed: 1 });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([
        { path: '/errors/hang', message: 'must be <= 1' },
        { path: '/speed', message: 'is not known here' },
      ]),
    });
    expect(await json(control(sim, 'GET', 'providers/alpha'))).toMatchObject({ behaviour: { errors: { hang: 0 } } });
    expect((await control(sim, 'PATCH', 'providers/alpha', [])).status).toBe(400);
    expect((await control(sim, 'GET', 'providers/nobody')).status).toBe(404);
    expect((await control(sim, 'POST', 'reset', { everything: true })).status).toBe(400);
    expect((await control(sim, 'GET', 'ledger?since=yesterday')).status).toBe(400);
  });

  it('resets only what it is asked to', async () => {
    await behave(sim, 'alpha', { receipts: { mode: 'none' } });
    await sdkFor(sim).messages.send(sms());
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
    await control(sim, 'POST', 'reset', { messages: false });
    expect(await inbox(sim, TO)).toHaveLength(1);
    expect(await json(control(sim, 'GET', 'providers/alpha'))).toMatchObject({
      behaviour: { receipts: { mode: 'normal' } },
      counts: { submissions: 0 },
    });
    await control(sim, 'POST', 'reset');
    expect(await inbox(sim, TO)).toEqual([]);
    expect(await ledger(sim)).toEqual([]);
  });

  it('forgets what is under way when it is reset', async () => {
    await behave(sim, 'alpha', { latency: { median_ms: 200 } });
    await sdkFor(sim).messages.send(sms());
    await control(sim, 'POST', 'reset');
    await sdkFor(sim).messages.send(sms({ text: 'after' }));
    await behave(sim, 'alpha', { latency: { median_ms: 300 } });
    await sdkFor(sim).messages.send(sms({ text: 'last' }));
    await expect.poll(() => inbox(sim, TO), SOON).toMatchObject([{ text: 'after' }, { text: 'last' }]);
  });
});

describe('chance', () => {
  const WILD = { delivery: { probability: 0.5 }, errors: { http_500: 0.3, black_hole: 0.2 } };
  const run = async (one: CarrierSim): Promise<string[]> => {
    await behave(one, 'alpha', WILD);
    for (let k = 0; k < 20; k++)
      await sdkFor(one)
        .messages.send(sms())
        .catch(() => undefined);
    return (await ledger(one)).map(({ answer, arrives }) => `${answer} ${arrives}`);
  };

  it('is the same in two runs with the same seed, and after a reset', async () => {
    const other = await startSim();
    const first = await run(sim);
    expect(new Set(first).size).toBeGreaterThan(2);
    expect(await run(other)).toEqual(first);
    await other.stop();
    await control(sim, 'POST', 'reset');
    expect(await run(sim)).toEqual(first);
  });

  it('is another with another seed', async () => {
    const first = await run(sim);
    await control(sim, 'POST', 'reset', { seed: 2 });
    expect(await run(sim)).not.toEqual(first);
    await control(sim, 'POST', 'reset', { seed: 1 });
  });
});

describe('the ledger', () => {
  it('is read on from where a reader was', async () => {
    for (const ref of ['a', 'b', 'c']) await sdkFor(sim).messages.send(sms({ clientRef: ref }));
    const all = await ledger(sim);
    expect(all.map((entry) => entry.client_ref)).toEqual(['a', 'b', 'c']);
    expect(await ledger(sim, all[1]!.seq)).toMatchObject([{ client_ref: 'c' }]);
    const page = await json(control(sim, 'GET', `ledger?since=${all[2]!.seq}`));
    expect(page).toEqual({ entries: [], next: all[2]!.seq });
    expect(await ledger(sim, encodeURIComponent(all[0]!.at))).toHaveLength(3);
  });
});

describe('a simulator that stops', () => {
  it('closes its ports at once, with hanging callers, watchers and messages under way', async () => {
    const one = await startSim();
    await behave(one, 'alpha', { errors: { accept_then_hang: 1 }, latency: { median_ms: 60_000 } });
    const hanging = sdkFor(one)
      .messages.send(sms())
      .catch((error: unknown) => error);
    const watching = await fetch(`${one.inboxUrl}/events`);
    const mail = connect(one.smtpPort, '127.0.0.1');
    await new Promise((resolve) => mail.once('data', resolve));
    await expect.poll(() => ledger(one), SOON).toHaveLength(1);
    const startedAt = performance.now();
    await Promise.all([one.stop(), one.stop()]);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    expect(await hanging).toBeInstanceOf(Error);
    await watching.body?.cancel().catch(() => undefined);
    await expect(fetch(one.url)).rejects.toThrow('fetch failed');
    mail.destroy();
  });
});
