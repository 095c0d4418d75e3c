import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import { SOON, behave, call, control, inbox, ledger, refusal, sdkFor, sms, startSim } from '../sim.ts';
import { listenForWebhooks } from '../webhooks.ts';

const TO = '+4915112345678';

let sim: CarrierSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.stop());
afterEach(() => control(sim, 'POST', 'reset'));

const sends = {
  message: () => sdkFor(sim, 'alpha', 300).messages.send(sms()),
  call: () => sdkFor(sim, 'alpha', 300).voice.createOutboundCall(call()),
};
const kinds = ['message', 'call'] as const;

describe.each(kinds)('a %s', (kind) => {
  it('that meets http_500 gets a problem, and nothing is sent', async () => {
    await behave(sim, 'alpha', { errors: { http_500: 1 } });
    const { status, problem } = await refusal(sends[kind]());
    expect(status).toBe(500);
    expect(problem.title).toBe('Internal error');
    expect(await ledger(sim)).toMatchObject([{ answer: 'http_500', sent: false, arrives: false }]);
  });

  it('that is throttled is told when to come back', async () => {
    await behave(sim, 'alpha', { errors: { throttle: 1 }, throttle_retry_after_s: 9 });
    const { status, headers, problem } = await refusal(sends[kind]());
    expect(status).toBe(429);
    expect(headers.get('retry-after')).toBe('9');
    expect(problem.type).toContain('#1000');
  });

  it('that meets a proxy gets a page and no id', async () => {
    await behave(sim, 'alpha', { errors: { html_200: 1 } });
    const answer = await sends[kind]().catch(() => undefined);
    expect(JSON.stringify(answer ?? {})).not.toMatch(/[0-9a-f]{8}-/);
    expect(await ledger(sim)).toMatchObject([{ answer: 'html_200', sent: false }]);
  });

  it('that hangs gets no answer, and nothing is sent', async () => {
    await behave(sim, 'alpha', { errors: { hang: 1 } });
    await expect(sends[kind]()).rejects.toThrow(/abort/i);
    expect(await ledger(sim)).toMatchObject([{ answer: 'hang', sent: false, arrives: false }]);
  });

  it('that is accepted and then hangs arrives all the same', async () => {
    await behave(sim, 'alpha', { errors: { accept_then_hang: 1 } });
    await expect(sends[kind]()).rejects.toThrow(/abort/i);
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(1);
  });

  it.each([
    [1, true, 1],
    [0, false, 0],
  ])('that is cut off with reset_sends %i is sent: %s', async (resetSends, sent, arrived) => {
    await behave(sim, 'alpha', { errors: { reset: 1 }, reset_sends: resetSends });
    await expect(sends[kind]()).rejects.toThrow(/fetch failed/i);
    expect(await ledger(sim)).toMatchObject([{ answer: 'reset', sent, arrives: sent }]);
    await expect.poll(() => inbox(sim, TO), SOON).toHaveLength(arrived);
  });

  it('that falls into a black hole is accepted, and never heard of again', async () => {
    await behave(sim, 'alpha', { errors: { black_hole: 1 } });
    await sends[kind]();
    expect(await ledger(sim)).toMatchObject([{ answer: 'black_hole', sent: false, arrives: false, receipts: [] }]);
  });
});

describe('one recipient', () => {
  it('can meet an error mode of its own', async () => {
    await behave(sim, 'alpha', { by_recipient: { [TO]: 'invalid_number' } });
    const { status, problem } = await refusal(sends.message());
    expect(status).toBe(422);
    expect(problem.type).toContain('#1170');
    await sdkFor(sim).messages.send(sms({ to: '4915112345679' }));
    await expect.poll(() => inbox(sim, '+4915112345679'), SOON).toHaveLength(1);
  });
});

describe('a blocked message', () => {
  it('is accepted, and then rejected by the carrier', async () => {
    const listener = await listenForWebhooks();
    await behave(sim, 'alpha', { errors: { blocked: 1 } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    await expect
      .poll(() => listener.hooks.map(({ body }) => body), SOON)
      .toMatchObject([{ status: 'rejected', error: { title: '1280' } }]);
    await listener.close();
  });
});
