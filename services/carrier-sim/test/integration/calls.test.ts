import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import { SOON, basicSdkFor, behave, call, control, inbox, ledger, refusal, sdkFor, startSim } from '../sim.ts';
import { listenForWebhooks, type WebhookListener } from '../webhooks.ts';

const TO = '+4915112345678';

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

const place = (change: object = {}) =>
  sdkFor(sim).voice.createOutboundCall(call({ eventUrl: [`${listener.url}/v?attempt=vf_1.1`], ...change }));
const events = (): unknown[] => listener.hooks.map(({ body }) => body['status']);

describe('a call placed by the SDK', () => {
  it('is answered, its words are heard, and signed events tell its course', async () => {
    const { uuid, status, conversationUUID } = await place();
    expect(status).toBe('started');
    await expect.poll(events, SOON).toEqual(['started', 'ringing', 'answered', 'completed']);
    expect(await inbox(sim, TO)).toMatchObject([
      { channel: 'voice', provider: 'alpha', text: 'Code 4 8 3 9 2 0. (said twice)' },
    ]);
    const completed = listener.hooks.at(-1);
    expect(completed?.path).toBe('/v?attempt=vf_1.1');
    expect(completed?.body).toMatchObject({
      uuid,
      conversation_uuid: conversationUUID,
      direction: 'outbound',
      to: '4915112345678',
      from: '447700900000',
      duration: '6',
      network: expect.stringMatching(/^262/),
    });
    expect(listener.refused).toEqual([]);
  });

  it('takes a JWT only', async () => {
    const placed = basicSdkFor(sim)
      .voice.createOutboundCall(call())
      .catch((error: unknown) => error);
    // The SDK itself refuses to place a call without an application; the API refuses Basic as well.
    expect(await placed).toBeInstanceOf(Error);
    const headers = { 'content-type': 'application/json', authorization: `Basic ${btoa('abcd1234:a secret')}` };
    const response = await fetch(`${sim.url}/p/beta/v1/calls`, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(401);
  });

  it.each([
    ['busy', ['started', 'ringing', 'busy'], undefined],
    ['unanswered', ['started', 'ringing', 'unanswered'], 'timeout'],
    ['rejected', ['started', 'rejected'], 'declined'],
    ['failed', ['started', 'failed'], 'cannot_route'],
  ] as const)('that is %s is told so, and nobody hears it', async (fate, expected, detail) => {
    await behave(sim, 'alpha', { voice: { [fate]: 1 } });
    await place();
    await expect.poll(events, SOON).toEqual(expected);
    expect(listener.hooks.at(-1)?.body['detail']).toBe(detail);
    expect(await inbox(sim, TO)).toEqual([]);
  });

  it('that meets a machine is told so with call_uuid, where detection is on', async () => {
    await behave(sim, 'alpha', { voice: { machine: 1 } });
    const { uuid } = await place({ advancedMachineDetection: { behavior: 'hangup' } });
    await expect.poll(events, SOON).toEqual(['started', 'ringing', 'answered', 'machine', 'completed']);
    expect(listener.hooks[3]?.body).toMatchObject({ call_uuid: uuid });
    expect(await inbox(sim, TO)).toEqual([]);
  });

  it('tells its events by GET where asked', async () => {
    await place({ eventMethod: 'GET' });
    await expect.poll(events, SOON).toEqual(['started', 'ringing', 'answered', 'completed']);
    expect(listener.hooks[0]).toMatchObject({ method: 'GET', body: { attempt: 'vf_1.1', status: 'started' } });
  });

  it('is refused where something is missing, by name', async () => {
    const { status, problem } = await refusal(place({ ncco: [{ action: 'talk' }] }));
    expect(status).toBe(400);
    expect(problem.invalid_parameters).toMatchObject([{ name: 'ncco.0.text' }]);
    const nameless = await refusal(place({ from: undefined }));
    expect(nameless.problem.invalid_parameters).toMatchObject([{ name: 'from' }]);
    expect(await ledger(sim)).toMatchObject([
      { answer: 'invalid_request', callback_url: `${listener.url}/v?attempt=vf_1.1` },
      { answer: 'invalid_request' },
    ]);
  });

  it('to a number that cannot be is taken, and rejected', async () => {
    await behave(sim, 'alpha', { errors: { invalid_number: 1 } });
    await place();
    await expect.poll(events, SOON).toEqual(['started', 'rejected']);
    expect(listener.hooks[1]?.body['detail']).toBe('invalid_number');
  });
});
