import type { Channel } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import {
  hurry,
  readMetric,
  submissionsTo,
  untilAttempts,
  untilView,
  watchEvents,
  type EventWatch,
} from '../watch-product.ts';

/** Attempts that hang take 2 s of it: what a first connection takes on a busy machine is far less. */
const FAILOVER_BUDGET_MS = 6_000;
/** A third account for texts; the simulator plays it by a provider of calls, which takes both. */
const THIRD_SMS = `
  - name: third
    type: vonage-messages
    api_host: \${env:CARRIER_SIM_URL}/p/bell
    api_key: dev
    api_secret: \${file:secrets/vonage-secret}
    application_id: 5f0e3a52-1c57-4a59-9d0d-6f1c2b7a9e10
    private_key: \${file:secrets/vonage-key.pem}
    signature_secret: \${file:secrets/vonage-signature}
    from: Watchword
    priority: 30
`;

let product: Product;
let events: EventWatch;
beforeAll(async () => {
  product = await startProduct((yaml) =>
    yaml.replace(
      '\nlog:',
      `${THIRD_SMS}delivery:\n  attempt_timeout_ms: 2000\n  failover_budget_ms: ${FAILOVER_BUDGET_MS}\nlog:`,
    ),
  );
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
  await product.behave('north', { reset_sends: 1 });
  for (const provider of SIMULATED.voice) await product.behave(provider, { throttle_retry_after_s: 60 });
});
afterAll(async () => {
  await events.stop();
  await product.stop();
});

type Mode = 'http_500' | 'hang' | 'html_200' | 'throttle' | 'reset' | 'accept_then_hang' | 'invalid_number';

/** Nobody else's address, for which these providers fail in this way. */
async function troubled(channel: Channel, mode: Mode, providers: readonly string[]): Promise<string> {
  const to = channel === 'email' ? `p${Math.random().toString(36).slice(2)}@example.com` : freshNumber();
  for (const provider of providers) await product.behave(provider, { by_recipient: { [to]: mode } });
  return to;
}

async function start(body: object): Promise<string> {
  const started = await product.start(body);
  expect(started.status).toBe(202);
  return started.body.id;
}

describe.concurrent('a provider that fails', () => {
  it.each<[Channel, Mode]>([
    ['sms', 'http_500'],
    ['sms', 'throttle'],
    ['voice', 'http_500'],
    ['voice', 'throttle'],
    ['email', 'http_500'],
    ['email', 'throttle'],
  ])('definitely (%s, %s): the next one delivers the same generation within the same job', async (channel, mode) => {
    const [first, second] = SIMULATED[channel];
    const to = await troubled(channel, mode, [first]);
    const id = await start({ to, channel });
    const [message, ...others] = await product.messages(to);
    expect(others).toEqual([]);
    expect(message).toMatchObject({ provider: second });
    const view = await untilAttempts(product, id, 2);
    expect(view.attempts).toMatchObject([
      { provider: first, state: 'rejected', send: 1, generation: 1 },
      { provider: second, state: 'accepted', send: 1, generation: 1 },
    ]);
    expect(Date.parse(view.attempts[1]!.settled_at!) - Date.parse(view.created_at)).toBeLessThan(FAILOVER_BUDGET_MS);
    const [, attempt] = await events.until('otp.attempt.v1', id, 2);
    // what this run of the job tried before is known to this run only
    expect(attempt!.data.decision!.candidates).toContainEqual({ provider: first, eligible: false, reason: 'tried' });
    expect((await product.check(id, codeIn(message!.text))).body).toMatchObject({ valid: true, generation: 1 });
  });

  it.each<[Channel, Mode]>([
    ['sms', 'hang'],
    ['sms', 'html_200'],
    ['sms', 'reset'],
    ['voice', 'hang'],
    ['voice', 'html_200'],
    ['voice', 'reset'],
    ['email', 'hang'],
  ])('in an unclear way (%s, %s): the next one delivers a new generation in the same send', async (channel, mode) => {
    const [first, second] = SIMULATED[channel];
    const to = await troubled(channel, mode, [first]);
    const before = await readMetric(product, 'watchword_attempts_total', { provider: first, outcome: 'unknown' });
    const id = await start({ to, channel });
    const view = await untilAttempts(product, id, 2);
    expect(view.attempts).toMatchObject([
      { provider: first, state: 'unknown', send: 1, generation: 1 },
      { provider: second, state: 'accepted', send: 1, generation: 2 },
    ]);
    expect(Date.parse(view.attempts[1]!.settled_at!) - Date.parse(view.created_at)).toBeLessThan(FAILOVER_BUDGET_MS);
    const after = await readMetric(product, 'watchword_attempts_total', { provider: first, outcome: 'unknown' });
    expect(after, 'it is counted as a possible duplicate').toBeGreaterThan(before);
    const fromSecond = await waitFor(
      async () => (await product.inbox(to)).find(({ provider }) => provider === second),
      { timeoutMs: 5_000, what: 'the message of the second provider' },
    );
    expect((await product.check(id, codeIn(fromSecond.text))).body).toMatchObject({ valid: true, generation: 2 });
  });

  it.each<[Mode, 1 | 2]>([
    ['reset', 1],
    ['reset', 2],
    ['accept_then_hang', 1],
    ['accept_then_hang', 2],
  ])('and sends all the same (%s): two texts, and the code of generation %i works', async (mode, generation) => {
    const to = await troubled('sms', mode, ['north']);
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 2);
    const messages = await product.messages(to, 2);
    const typed = messages.find(({ provider }) => provider === (generation === 1 ? 'north' : 'south'))!;
    const other = messages.find((message) => message !== typed)!;
    expect(codeIn(typed.text)).not.toBe(codeIn(other.text));
    expect((await product.check(id, codeIn(typed.text))).body).toMatchObject({ valid: true, generation });
    expect((await product.check(id, codeIn(other.text))).body).toMatchObject({ status: 'approved', valid: false });
    const [outcome] = await events.until('otp.outcome.v1', id, 1);
    expect(outcome!.data).toMatchObject({ outcome: 'approved', generation, provider: typed.provider, attempts: 2 });
  });
});

describe.concurrent('a recipient that no provider can reach', () => {
  it.each<Channel>(['sms', 'email'])('ends %s undeliverable at once: nobody else is asked', async (channel) => {
    const [first] = SIMULATED[channel];
    const to = await troubled(channel, 'invalid_number', [first]);
    const id = await start({ to, channel });
    const view = await untilView(product, id, 'the end', ({ status }) => status !== 'pending');
    expect(view).toMatchObject({ status: 'undeliverable', attempts: [{ provider: first, error: 'invalid_number' }] });
    expect((await events.until('otp.outcome.v1', id, 1))[0]!.data).toMatchObject({ outcome: 'undeliverable' });
    expect(await submissionsTo(product, to)).toHaveLength(1);
    expect((await product.check(id, '000000')).body).toMatchObject({ status: 'undeliverable', valid: false });
  });

  it('leads to the next step, which goes to another address', async () => {
    const to = await troubled('sms', 'invalid_number', ['north']);
    const mailbox = await troubled('email', 'http_500', []);
    const id = await start({ to, workflow: ['sms', { channel: 'email', to: mailbox }] });
    const [mail] = await product.messages(mailbox);
    expect(await submissionsTo(product, to)).toHaveLength(1);
    const answer = await product.check(id, codeIn(mail!.text));
    expect(answer.body).toMatchObject({ status: 'approved', valid: true, channel: 'email' });
    expect((await product.read(id)).attempts).toMatchObject([
      { channel: 'sms', step: 0, state: 'rejected' },
      { channel: 'email', step: 1, state: 'accepted' },
    ]);
  });
});

describe.concurrent('all providers', () => {
  it('throttle for a moment: the queue waits, and one text goes out once they take it', async () => {
    const to = await troubled('sms', 'throttle', ['north', 'south', 'bell']);
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 3);
    for (const provider of ['north', 'south', 'bell']) await product.behave(provider, { by_recipient: { [to]: null } });
    const view = await untilView(product, id, 'an accepted attempt', ({ attempts }) =>
      attempts.some(({ state }) => state === 'accepted'),
    );
    const [message] = await product.messages(to);
    expect(new Set(view.attempts.map(({ send, generation }) => `${send}.${generation}`))).toEqual(new Set(['1.1']));
    const waited = Date.parse(view.attempts[3]!.started_at) - Date.parse(view.attempts[2]!.settled_at!);
    expect(waited, 'the Retry-After of 1 s is kept').toBeGreaterThanOrEqual(950);
    expect(waited, 'the third one’s Retry-After of 60 s holds nobody up').toBeLessThan(15_000);
    expect((await product.check(id, codeIn(message!.text))).body.valid).toBe(true);
    expect((await submissionsTo(product, to)).filter(({ sent }) => sent)).toHaveLength(1);
    expect(await product.inbox(to)).toHaveLength(1);
  });

  it('throttle for longer than the code lives: it ends undeliverable now, and nobody is called again', async () => {
    const to = await troubled('voice', 'throttle', SIMULATED.voice);
    const id = await start({ to, channel: 'voice', life_seconds: 30 });
    const view = await untilView(product, id, 'the end', ({ status }) => status !== 'pending');
    expect(view).toMatchObject({ status: 'undeliverable' });
    expect(view.attempts).toHaveLength(2);
    expect(Date.parse(view.ended_at!)).toBeLessThan(Date.parse(view.expires_at));
    expect(await submissionsTo(product, to)).toHaveLength(2);
  });

  it('F2: leave it unclear: after two unknown results no third one is asked, the step’s deadline decides', async () => {
    const to = await troubled('sms', 'hang', ['north', 'south']);
    const mailbox = await troubled('email', 'http_500', []);
    const step = { channel: 'sms', timeout_seconds: 15 };
    const id = await start({ to, workflow: [step, { channel: 'email', to: mailbox }] });
    const [mail] = await product.messages(mailbox);
    const view = await untilAttempts(product, id, 3);
    expect(view.attempts).toMatchObject([
      { provider: 'north', state: 'unknown', step: 0, generation: 1 },
      { provider: 'south', state: 'unknown', step: 0, generation: 2 },
      { channel: 'email', state: 'accepted', step: 1, generation: 3 },
    ]);
    const silence = Date.parse(view.attempts[2]!.started_at) - Date.parse(view.attempts[0]!.started_at);
    expect(silence).toBeGreaterThanOrEqual(14_000);
    expect(await submissionsTo(product, to)).toHaveLength(2);
    expect((await product.check(id, codeIn(mail!.text))).body).toMatchObject({ valid: true, generation: 3 });
  });
});
