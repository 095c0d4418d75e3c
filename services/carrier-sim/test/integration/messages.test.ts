import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import {
  SOON,
  API_KEY,
  APPLICATION_ID,
  basicSdkFor,
  behave,
  control,
  inbox,
  ledger,
  refusal,
  sdkFor,
  sms,
  startSim,
} from '../sim.ts';
import { listenForWebhooks, type WebhookListener } from '../webhooks.ts';

let sim: CarrierSim;
let listener: WebhookListener;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.stop());
beforeEach(async () => {
  listener = await listenForWebhooks();
});
afterEach(async () => {
  await control(sim, 'POST', 'reset');
  await listener.close();
});

const statuses = (): unknown[] => listener.hooks.map(({ body }) => body['status']);

describe('a message sent by the SDK', () => {
  it('arrives at the phone, and signed webhooks say so, in order', async () => {
    const { messageUUID } = await sdkFor(sim).messages.send(
      sms({ clientRef: 'vf_1.1', webhookUrl: `${listener.url}/r`, ttl: 600 }),
    );
    await expect.poll(() => statuses(), SOON).toEqual(['submitted', 'delivered']);
    await expect
      .poll(async () => ledger(sim), SOON)
      .toMatchObject([{ arrives: true, receipts_taken: ['submitted', 'delivered'] }]);
    expect(await inbox(sim, '+4915112345678')).toMatchObject([
      { to: '+4915112345678', channel: 'sms', provider: 'alpha', text: 'Your code is 483920.' },
    ]);
    const [submitted, delivered] = listener.hooks;
    expect(delivered).toMatchObject({ method: 'POST', path: '/r' });
    expect(delivered?.body).toEqual({
      message_uuid: messageUUID,
      to: '4915112345678',
      from: 'Acme',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      status: 'delivered',
      client_ref: 'vf_1.1',
      usage: { currency: 'EUR', price: '0.0333' },
      channel: 'sms',
      destination: { network_code: expect.stringMatching(/^262/) },
      sms: { count_total: '1' },
    });
    expect(delivered?.claims).toMatchObject({ iss: 'Vonage', api_key: API_KEY, application_id: APPLICATION_ID });
    expect(delivered?.claims.jti).not.toBe(submitted?.claims.jti);
    expect(listener.refused).toEqual([]);
  });

  it('may log in by key and secret', async () => {
    await basicSdkFor(sim).messages.send(sms());
    await expect.poll(() => inbox(sim, '+4915112345678'), SOON).toMatchObject([{ provider: 'beta' }]);
  });

  it.each([
    ['a wrong secret', () => basicSdkFor(sim, 'beta', 'wrong').messages.send(sms())],
    ['Basic where only an application is known', () => basicSdkFor(sim, 'alpha').messages.send(sms())],
    ['a JWT where only a secret is known', () => sdkFor(sim, 'beta').messages.send(sms())],
  ])('with %s is refused with 401', async (_case, send) => {
    const { status, headers, problem } = await refusal(send());
    expect(status).toBe(401);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(problem.type).toContain('#unauthorized');
    expect(await ledger(sim)).toMatchObject([{ answer: 'unauthorized', sent: false, to: '+4915112345678' }]);
  });

  it('to an unknown provider is refused with 404', async () => {
    expect(await refusal(sdkFor(sim, 'gamma').messages.send(sms()))).toMatchObject({ status: 404 });
  });

  it('with a faulty request is refused with 422 that names the parameter', async () => {
    const { status, problem } = await refusal(sdkFor(sim).messages.send(sms({ to: '+4915112345678' })));
    expect(status).toBe(422);
    expect(problem.type).toBe('https://developer.vonage.com/api-errors/messages#1170');
    expect(problem.invalid_parameters).toMatchObject([{ name: 'to' }]);
    expect(await ledger(sim)).toMatchObject([{ answer: 'invalid_request' }]);
  });

  it('with a broken body is refused as invalid JSON', async () => {
    const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('abcd1234:a secret')}` };
    const response = await fetch(`${sim.url}/p/beta/v1/messages`, { method: 'POST', headers, body: '{"to":' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ type: expect.stringContaining('#invalid-json') });
  });

  it('may ask for webhooks of version 0.1', async () => {
    await behave(sim, 'alpha', { delivery: { probability: 0, failure: { status: 'rejected', code: 1210 } } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url, webhookVersion: 'v0.1' }));
    await expect.poll(() => statuses(), SOON).toEqual(['submitted', 'rejected']);
    expect(listener.hooks[1]?.body).toMatchObject({
      to: { type: 'sms', number: '4915112345678' },
      error: { code: 1210, reason: 'Anti-Spam Rejection' },
    });
  });

  it('goes without receipts where nobody asks for them', async () => {
    await sdkFor(sim).messages.send(sms());
    await expect.poll(() => inbox(sim, '+4915112345678'), SOON).toHaveLength(1);
    expect(await ledger(sim)).toMatchObject([{ callback_url: null, receipts: [] }]);
  });
});

describe('the carrier', () => {
  it('loses messages and says so, by prefix', async () => {
    await behave(sim, 'alpha', { delivery: { by_prefix: { '+49': 0 } } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    await sdkFor(sim).messages.send(sms({ to: '447700900123' }));
    await expect.poll(() => statuses(), SOON).toEqual(['submitted', 'undeliverable']);
    expect(listener.hooks[1]?.body['error']).toEqual({
      type: 'https://developer.vonage.com/api-errors/messages#1180',
      title: '1180',
      detail: 'Absent Subscriber Temporary',
      instance: expect.any(String),
    });
    await expect.poll(() => inbox(sim, '+447700900123'), SOON).toHaveLength(1);
    expect(await inbox(sim, '+4915112345678')).toEqual([]);
    expect(await ledger(sim)).toMatchObject([
      { arrives: false, arrived_at: null },
      { arrives: true, arrived_at: expect.any(String) },
    ]);
  });

  it.each([
    ['none', []],
    ['duplicate', ['submitted', 'submitted', 'delivered', 'delivered']],
    ['out_of_order', ['delivered', 'submitted']],
  ] as const)('tells receipts in mode %s', async (mode, expected) => {
    await behave(sim, 'alpha', { receipts: { mode, delay_ms: 5 } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    await expect.poll(() => inbox(sim, '+4915112345678'), SOON).toHaveLength(1);
    await expect.poll(() => statuses(), SOON).toEqual(expected);
  });

  it('tells early receipts before it answers', async () => {
    await behave(sim, 'alpha', { receipts: { mode: 'early' } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    expect(statuses()).toEqual(['submitted', 'delivered']);
  });

  it('claims with fake receipts what never arrived', async () => {
    await behave(sim, 'alpha', { receipts: { mode: 'fake' }, delivery: { probability: 0 } });
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    await expect.poll(() => statuses(), SOON).toEqual(['submitted', 'delivered']);
    expect(await inbox(sim, '+4915112345678')).toEqual([]);
  });

  it('tries a webhook again when the receiver fails, with a fresh signature', async () => {
    listener.failNext(2);
    await sdkFor(sim).messages.send(sms({ webhookUrl: listener.url }));
    await expect.poll(() => statuses().length, SOON).toBe(2);
    expect(new Set(statuses())).toEqual(new Set(['delivered', 'submitted']));
    const provider = await (await control(sim, 'GET', 'providers/alpha')).json();
    expect(provider).toMatchObject({ counts: { webhooks_taken: 2, webhooks_retried: 2, webhooks_given_up: 0 } });
  });
});
