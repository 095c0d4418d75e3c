import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { messageStatus, postWebhook, signWebhook } from '../sign-receipt.ts';
import { codeIn, freshNumber, startProduct, type InboxMessage, type Product } from '../start-product.ts';
import { hurry, submissionsTo, untilAttempts, untilView, watchEvents, type EventWatch } from '../watch-product.ts';

/** The least that the API allows. */
const STEP_S = 15;
const SENDS_MAX = 4;
const COOLDOWN_MS = 2_000;

let product: Product;
let events: EventWatch;
beforeAll(async () => {
  product = await startProduct((yaml) =>
    yaml.replace(
      '\nlog:',
      `\ndefaults:
  resend_cooldown_seconds: ${COOLDOWN_MS / 1000}
limits:
  recipient: { sends_per_10_minutes: ${SENDS_MAX} }
log:`,
    ),
  );
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
  // receipts of texts are told by the tests
  for (const provider of SIMULATED.sms) await product.behave(provider, { receipts: { mode: 'none' } });
});
afterAll(async () => {
  await events.stop();
  await product.stop();
});

const mailbox = () => `p${Math.random().toString(36).slice(2)}@example.com`;

async function start(body: object): Promise<string> {
  const started = await product.start(body);
  expect(started.status).toBe(202);
  return started.body.id;
}

const ask = async (what: 'resend' | 'next', id: string) =>
  product.call<{ sent: boolean; code: string; next_resend_at: string; retry_after: number }>(
    'POST',
    `/v1/verifications/${id}/${what}`,
  );

/** @param errorCode of a text that did not arrive; without one it did */
async function tellReceipt(attempt: string, provider: string, errorCode?: number): Promise<void> {
  const body = messageStatus(errorCode === undefined ? 'delivered' : 'undeliverable', attempt, errorCode);
  const webhook = signWebhook(body, product.secret('vonage-signature'));
  expect(await postWebhook(product, provider, webhook)).toMatchObject({ status: 200 });
}

const channelsOf = (messages: readonly { channel: string }[]) => messages.map(({ channel }) => channel);

describe.concurrent('sms, then voice', () => {
  const workflow = [{ channel: 'sms', timeout_seconds: STEP_S }, 'voice'];

  it('silence past the deadline leads to a call, an approval before it to none', async () => {
    const [approvedTo, canceledTo, silentTo] = [freshNumber(), freshNumber(), freshNumber()];
    const approved = await start({ to: approvedTo, workflow });
    const canceled = await start({ to: canceledTo, workflow });
    const silent = await start({ to: silentTo, workflow });
    const [text] = await product.messages(approvedTo);
    expect((await product.check(approved, codeIn(text!.text))).body).toMatchObject({ status: 'approved', valid: true });
    await untilAttempts(product, canceled, 1);
    await product.call('POST', `/v1/verifications/${canceled}/cancel`);

    // a phone that got it is no person that typed it
    await untilAttempts(product, silent, 1);
    await tellReceipt(`${silent}.1`, 'north');

    // the silent one was started last, so its call says that the others' deadlines are over too
    const messages = await product.messages(silentTo, 2);
    expect(channelsOf(messages)).toEqual(['sms', 'voice']);
    const view = await untilAttempts(product, silent, 2);
    const [first, second] = view.attempts;
    const waitedMs = Date.parse(second!.started_at) - Date.parse(first!.started_at);
    expect(waitedMs).toBeGreaterThanOrEqual((STEP_S - 1) * 1000);
    expect(view).toMatchObject({
      step: 1,
      attempts: [
        { receipt: 'delivered', step: 0 },
        { step: 1, generation: 2 },
      ],
    });
    for (const to of [approvedTo, canceledTo]) expect(channelsOf(await submissionsTo(product, to))).toEqual(['sms']);
    expect((await product.check(silent, codeIn(messages[1]!.text))).body).toMatchObject({
      valid: true,
      channel: 'voice',
      generation: 2,
    });
  });

  it('a receipt that says undelivered leads to a call at once', async () => {
    const to = freshNumber();
    const id = await start({ to, workflow });
    const [text] = await product.messages(to);
    await untilAttempts(product, id, 1);
    await tellReceipt(`${id}.1`, 'north', 1050);
    const view = await untilAttempts(product, id, 2);
    expect(view.attempts).toMatchObject([
      { provider: 'north', channel: 'sms', receipt: 'undelivered', step: 0, send: 1 },
      { provider: 'bell', channel: 'voice', state: 'accepted', step: 1, send: 2 },
    ]);
    const waitedMs = Date.parse(view.attempts[1]!.started_at) - Date.parse(view.created_at);
    expect(waitedMs).toBeLessThan((STEP_S - 5) * 1000);
    // receipts can lie: what was said not to have arrived is typed all the same
    expect((await product.check(id, codeIn(text!.text))).body).toMatchObject({ valid: true, channel: 'sms' });
  });

  it('somebody who asks for the next step is called at once, and there is none after the last', async () => {
    const to = freshNumber();
    const id = await start({ to, workflow });
    await untilAttempts(product, id, 1);
    expect(await ask('next', id)).toMatchObject({ status: 202, body: { sent: true } });
    const messages = await product.messages(to, 2);
    expect(channelsOf(messages)).toEqual(['sms', 'voice']);
    await untilAttempts(product, id, 2);
    expect(await ask('next', id)).toMatchObject({ status: 409, body: { code: 'no_next_step' } });
    expect((await product.check(id, codeIn(messages[0]!.text))).body).toMatchObject({ valid: true, channel: 'sms' });
  });
});

describe.concurrent('on the last step', () => {
  it('a receipt that says undelivered makes another provider try once, and then no third time', async () => {
    const to = freshNumber();
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 1);
    await tellReceipt(`${id}.1`, 'north', 1050);
    const again = await untilAttempts(product, id, 2);
    expect(again.attempts[1]).toMatchObject({ provider: 'south', step: 0, send: 2, generation: 2 });
    await tellReceipt(`${id}.2`, 'south', 1050);
    const view = await untilView(product, id, 'both receipts', ({ attempts }) =>
      attempts.every(({ receipt }) => receipt === 'undelivered'),
    );
    expect(view).toMatchObject({ status: 'pending' });
    await product.messages(to, 2);
    // a resend that somebody asks for proves that nothing else was sent between
    await untilView(product, id, 'the cool-down', (each) => Date.parse(each.next_resend_at!) <= Date.now());
    expect(await ask('resend', id)).toMatchObject({ status: 202, body: { sent: true } });
    expect((await untilAttempts(product, id, 3)).attempts[2]).toMatchObject({ send: 3 });
    expect(await submissionsTo(product, to)).toHaveLength(3);
  });

  it('a fault of the recipient is not tried again by another provider', async () => {
    const to = freshNumber();
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 1);
    await tellReceipt(`${id}.1`, 'north', 1170);
    await untilView(product, id, 'the receipt', ({ attempts }) => attempts[0]!.receipt_error === 'invalid_number');
    await untilView(product, id, 'the cool-down', (each) => Date.parse(each.next_resend_at!) <= Date.now());
    expect(await submissionsTo(product, to)).toHaveLength(1);
  });
});

describe.concurrent('another recipient', () => {
  const failing = async () => {
    const to = freshNumber();
    await product.behave('north', { by_recipient: { [to]: 'invalid_number' } });
    return to;
  };

  it('of a fallback is charged for it: then it has as many left as after a start of its own', async () => {
    const [to, mail] = [await failing(), mailbox()];
    for (let n = 1; n < SENDS_MAX; n++) await start({ to: mail, channel: 'email', purpose: `p${n}` });
    const id = await start({ to, workflow: ['sms', { channel: 'email', to: mail }], purpose: 'fallback' });
    const messages = await product.messages(mail, SENDS_MAX);
    expect(messages).toHaveLength(SENDS_MAX);
    const refused = await product.start({ to: mail, channel: 'email', purpose: 'one-more' });
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect((await untilAttempts(product, id, 2)).attempts[1]).toMatchObject({ channel: 'email', state: 'accepted' });
    expect(
      (await product.start({ to, channel: 'sms', purpose: 'own' })).status,
      'the first is not charged for it',
    ).toBe(202);
  });

  it('who has had as many messages as it may gets none: the fallback is refused, and it ends undeliverable', async () => {
    const [to, mail] = [await failing(), mailbox()];
    for (let n = 1; n <= SENDS_MAX; n++) await start({ to: mail, channel: 'email', purpose: `p${n}` });
    const id = await start({ to, workflow: ['sms', { channel: 'email', to: mail }] });
    const view = await untilView(product, id, 'the end', ({ status }) => status !== 'pending');
    expect(view).toMatchObject({ status: 'undeliverable', attempts: [{ channel: 'sms', error: 'invalid_number' }] });
    expect(view.attempts).toHaveLength(1);
    const [outcome] = await events.until('otp.outcome.v1', id, 1);
    expect(outcome!.data).toMatchObject({ outcome: 'undeliverable', attempts: 1 });
    await product.messages(mail, SENDS_MAX);
    expect(await submissionsTo(product, mail)).toHaveLength(SENDS_MAX);
  });
});

describe.concurrent('a resend', () => {
  async function resend(id: string, attempts: number): Promise<void> {
    await untilView(product, id, 'the cool-down', (view) => Date.parse(view.next_resend_at!) <= Date.now());
    expect(await ask('resend', id)).toMatchObject({ status: 202, body: { sent: true } });
    await untilAttempts(product, id, attempts);
  }

  it('is refused while it cools down, and goes by another provider after that', async () => {
    const to = freshNumber();
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 1);
    const early = await ask('resend', id);
    expect(early).toMatchObject({ status: 429, body: { code: 'cooling_down' } });
    expect(early.headers.get('retry-after')).toMatch(/^[12]$/);
    await resend(id, 2);
    const messages = await product.messages(to, 2);
    expect(messages.map(({ provider }) => provider).sort((a, b) => a.localeCompare(b))).toEqual(['north', 'south']);
    const { attempts } = await product.read(id);
    expect(attempts).toMatchObject([
      { provider: 'north', send: 1, generation: 1 },
      { provider: 'south', send: 2, generation: 2 },
    ]);
  });

  async function sendFour(): Promise<{ id: string; codes: string[] }> {
    const to = freshNumber();
    const id = await start({ to, channel: 'sms' });
    await untilAttempts(product, id, 1);
    const texts: InboxMessage[] = [(await product.messages(to))[0]!];
    for (let n = 2; n <= 4; n++) {
      await resend(id, n);
      texts.push((await product.messages(to, n)).at(-1)!);
    }
    return { id, codes: texts.map(({ text }) => codeIn(text)) };
  }

  it.each([2, 3, 4])('leaves the last three codes valid: of four, generation %i works', async (generation) => {
    const { id, codes } = await sendFour();
    const answer = await product.check(id, codes[generation - 1]!);
    expect(answer.body).toMatchObject({ status: 'approved', valid: true, generation });
  });

  it('takes the fourth-oldest code away: it counts as a wrong one', async () => {
    const { id, codes } = await sendFour();
    const answer = await product.check(id, codes[0]!);
    expect(answer.body).toMatchObject({ status: 'pending', valid: false, checks_remaining: 4 });
    expect((await product.check(id, codes[3]!)).body).toMatchObject({ valid: true, generation: 4 });
  });
});
