import type { BehaviourPatch } from '@watchword/carrier-sim';
import { attemptId, createVerificationId } from '@watchword/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { messageStatus, postWebhook, signWebhook, type SignedWebhook } from '../sign-receipt.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import {
  hurry,
  readMetric,
  submissionsTo,
  untilAttempts,
  untilMetric,
  untilView,
  watchEvents,
  type EventWatch,
} from '../watch-product.ts';

const RECEIPTS = 'otp.receipt.v1';
const SUBMIT_MS = 300;

let product: Product;
let events: EventWatch;
beforeAll(async () => {
  product = await startProduct((yaml) => yaml.replace('\nlog:', '\ndefaults:\n  resend_cooldown_seconds: 0\nlog:'));
  events = await watchEvents(product);
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => {
  await events.stop();
  await product.stop();
});

/** A text that the first provider has taken. */
async function sendText(body: object = {}): Promise<{ id: string; to: string; attempt: string }> {
  const to = freshNumber();
  const started = await product.start({ to, channel: 'sms', ...body });
  expect(started.status).toBe(202);
  const { id } = started.body;
  const view = await untilAttempts(product, id, 1);
  expect(view.attempts).toMatchObject([{ provider: 'north', state: 'accepted' }]);
  return { id, to, attempt: view.attempts[0]!.id };
}

/** A text that the first provider has refused for now, and the second one has taken. */
async function sendTextBySecondProvider(): Promise<{ id: string; to: string }> {
  const to = freshNumber();
  await product.behave('north', { errors: { throttle: 1 } });
  try {
    const { id } = (await product.start({ to, channel: 'sms' })).body;
    const view = await untilAttempts(product, id, 2);
    expect(view.attempts).toMatchObject([{ state: 'rejected' }, { provider: 'south', state: 'accepted' }]);
    return { id, to };
  } finally {
    await product.behave('north', { errors: { throttle: null } });
  }
}

async function untilReceipt(id: string, receipt: string) {
  return untilView(product, id, `a receipt: ${receipt}`, ({ attempts }) => attempts[0]?.receipt === receipt);
}

const taken = async (outcome: string, provider = 'north'): Promise<number> =>
  readMetric(product, 'watchword_receipts_total', { provider, outcome });
const folded = async (outcome: string, provider = 'north'): Promise<number> =>
  readMetric(product, 'watchword_receipts_folded_total', { provider, outcome });

describe('by the simulated network, receipts', () => {
  const tell = async (receipts: BehaviourPatch['receipts']) => product.behave('north', { receipts: receipts ?? null });

  it('that come before our own settle count at once, and the settle keeps them', async () => {
    await tell({ mode: 'early' });
    await product.behave('north', { submit_latency_ms: SUBMIT_MS });
    const { id } = await sendText();
    await product.behave('north', { submit_latency_ms: 5 });
    const view = await untilReceipt(id, 'delivered');
    const [attempt] = view.attempts;
    expect(Date.parse(attempt!.receipt_at!)).toBeLessThan(Date.parse(attempt!.settled_at!));
    expect(attempt).toMatchObject({ state: 'accepted', receipt: 'delivered', generation: 1 });
    const [receipt] = await events.until(RECEIPTS, id, 2);
    expect(receipt!.data).toMatchObject({
      generation: 1,
      country: 'DE',
      submitted_at: Date.parse(attempt!.started_at),
    });
  });

  it('name the operator that the number was given to, and the one that it is in by the provider’s network code', async () => {
    const { id } = await sendText();
    const [receipt] = await events.until(RECEIPTS, id, 1);
    const networkCode = String(receipt!.data['network_code']);
    expect(receipt!.data).toMatchObject({
      // +49 151 is Telekom’s; the simulator has numbers ported at random
      operator: '262-01',
      actual_operator: `${networkCode.slice(0, 3)}-${networkCode.slice(3)}`,
    });
  });

  it('that come twice count once, and are the same event for whoever reads them', async () => {
    await tell({ mode: 'duplicate', delay_ms: 20 });
    const before = await folded('kept');
    const { id } = await sendText();
    const all = await events.until(RECEIPTS, id, 4);
    expect(all.map(({ data }) => data.status).sort((a, b) => a.localeCompare(b))).toEqual([
      'delivered',
      'delivered',
      'sent',
      'sent',
    ]);
    expect(new Set(all.map((event) => event.id)).size).toBe(2);
    await untilReceipt(id, 'delivered');
    await untilMetric(product, 'watchword_receipts_folded_total', { provider: 'north', outcome: 'kept' }, before + 2);
  });

  it('that come in another order change nothing back: “sent” after “delivered” is ignored', async () => {
    await tell({ mode: 'out_of_order', delay_ms: 50 });
    const before = await folded('kept');
    const { id } = await sendText();
    const all = await events.until(RECEIPTS, id, 2);
    expect(all.map(({ data }) => data.status)).toEqual(['delivered', 'sent']);
    await untilMetric(product, 'watchword_receipts_folded_total', { provider: 'north', outcome: 'kept' }, before + 1);
    expect((await product.read(id)).attempts[0]).toMatchObject({ receipt: 'delivered' });
  });

  it('that come late, after the end, are still told with their cell, and do not start anything', async () => {
    await tell({ mode: 'late', delay_ms: 700 });
    const { id, to } = await sendText({ workflow: ['sms', 'voice'], channel: undefined });
    const [message] = await product.messages(to);
    expect((await product.check(id, codeIn(message!.text))).body.valid).toBe(true);
    const view = await untilReceipt(id, 'delivered');
    expect(view).toMatchObject({ status: 'approved', attempts: [{ receipt: 'delivered' }] });
    const [receipt] = await events.until(RECEIPTS, id, 2);
    expect(receipt!.data).toMatchObject({ provider: 'north', country: 'DE', generation: 1 });
    expect(await submissionsTo(product, to)).toHaveLength(1);
  });

  it('that come after a cancellation say so, since nobody waited for the code any more', async () => {
    await tell({ mode: 'late', delay_ms: 700 });
    const { id } = await sendText();
    await product.call('POST', `/v1/verifications/${id}/cancel`);
    await untilReceipt(id, 'delivered');
    const receipts = await events.until(RECEIPTS, id, 2);
    expect(receipts.find(({ data }) => data.status === 'delivered')!.data).toMatchObject({ withdrawn: true });
  });

  it('that never come are not needed: the code is', async () => {
    await tell({ mode: 'none' });
    const { id, to } = await sendText();
    const [message] = await product.messages(to);
    expect((await product.check(id, codeIn(message!.text))).body).toMatchObject({ status: 'approved', valid: true });
    expect((await product.read(id)).attempts[0]).not.toHaveProperty('receipt');
    expect(events.of(RECEIPTS, id)).toEqual([]);
  });

  it('that lie prove nothing: it stays pending, and the outcome names the provider whose code was typed', async () => {
    await tell({ mode: 'fake' });
    await product.behave('north', { delivery: { probability: 0 } });
    const { id, to } = await sendText();
    await untilReceipt(id, 'delivered');
    await product.behave('north', { delivery: { probability: 1 } });
    expect(await product.inbox(to)).toEqual([]);
    expect((await product.call('POST', `/v1/verifications/${id}/resend`)).status).toBe(202);
    const [message] = await product.messages(to);
    expect(message).toMatchObject({ provider: 'south' });
    expect((await product.check(id, codeIn(message!.text))).body.valid).toBe(true);
    const [outcome] = await events.until('otp.outcome.v1', id, 1);
    expect(outcome!.data).toMatchObject({ outcome: 'approved', provider: 'south', generation: 2 });
  });

  it('of a failure that comes before our own settle move the plan all the same', async () => {
    await tell({ mode: 'early' });
    await product.behave('north', { submit_latency_ms: SUBMIT_MS, delivery: { probability: 0 } });
    const { id, to } = await sendText({ workflow: ['sms', 'voice'], channel: undefined });
    await product.behave('north', { submit_latency_ms: 5, delivery: { probability: 1 } });
    const [call] = await product.messages(to);
    expect(call).toMatchObject({ channel: 'voice' });
    const [text] = (await product.read(id)).attempts;
    expect(text).toMatchObject({ channel: 'sms', state: 'accepted', receipt: 'undelivered' });
    expect(Date.parse(text!.receipt_at!)).toBeLessThan(Date.parse(text!.settled_at!));
  });
});

describe('by hand, a webhook', () => {
  const secret = () => product.secret('vonage-signature');
  const post = async (webhook: Partial<SignedWebhook>, provider = 'north') => postWebhook(product, provider, webhook);
  const tell = async (attempt: string, ...status: [Parameters<typeof messageStatus>[0], number?]) =>
    post(signWebhook(messageStatus(status[0], attempt, status[1]), secret()));

  beforeAll(async () => {
    for (const provider of ['north', 'south']) await product.behave(provider, { receipts: { mode: 'none' } });
  });

  it.each<[string, (webhook: SignedWebhook) => Partial<SignedWebhook>]>([
    ['without a signature', ({ body }) => ({ body })],
    ['signed with another secret', ({ body }) => signWebhook(body, 'another secret')],
    ['signed with no algorithm', ({ body }) => signWebhook(body, '', { algorithm: 'none' })],
    ['of another age', ({ body }) => signWebhook(body, secret(), { issuedAtMs: Date.now() - 3_600_000 })],
    ['whose body was changed', ({ body, authorization }) => ({ body: `${body} `, authorization })],
    [
      'that carries another one’s signature',
      ({ body }) => ({ ...signWebhook(messageStatus('delivered'), secret()), body }),
    ],
  ])('%s is answered 401, counted, and changes nothing', async (_, forge) => {
    const { id, attempt } = await sendText();
    const before = await taken('refused');
    const forged = await post(forge(signWebhook(messageStatus('delivered', attempt), secret())));
    expect(forged).toMatchObject({ status: 401, answer: { code: 'webhook_refused' } });
    expect(await taken('refused')).toBe(before + 1);
    // the next, honest one is the first that anybody sees
    expect(await tell(attempt, 'submitted')).toMatchObject({ status: 200 });
    const [receipt] = await events.until(RECEIPTS, id, 1);
    expect(receipt!.data.status).toBe('sent');
    expect((await untilReceipt(id, 'sent')).attempts).toHaveLength(1);
  });

  it('of a call whose path names another attempt is answered 401', async () => {
    const to = freshNumber();
    const { id } = (await product.start({ to, channel: 'voice' })).body;
    const [call] = await product.messages(to);
    const [submission] = await submissionsTo(product, to);
    const honest = new URL(submission!.callback_url!).pathname.replace('/webhooks/', '');
    expect(honest).toContain(`${id}.1/`);
    const body = JSON.stringify({ uuid: '1', status: 'failed', timestamp: new Date().toISOString() });
    const webhook = () => signWebhook(body, secret());
    for (const path of [honest.replace(`${id}.1`, `${id}.2`), honest.slice(0, -1), honest.replace('bell/', 'ring/')]) {
      expect(await postWebhook(product, path, webhook())).toMatchObject({ status: 401 });
    }
    expect(await postWebhook(product, honest, webhook())).toMatchObject({ status: 200 });
    expect((await product.check(id, codeIn(call!.text))).body.valid).toBe(true);
  });

  it('that is replayed is answered 200 and dropped', async () => {
    const { id, attempt } = await sendText();
    const before = await taken('replayed');
    const webhook = signWebhook(messageStatus('submitted', attempt), secret());
    expect(await post(webhook)).toMatchObject({ status: 200 });
    expect(await post(webhook)).toMatchObject({ status: 200 });
    expect(await taken('replayed')).toBe(before + 1);
    await tell(attempt, 'delivered');
    await untilReceipt(id, 'delivered');
    const statuses = (await events.until(RECEIPTS, id, 2)).map(({ data }) => data.status);
    expect(statuses, 'the replay is no event').toEqual(['sent', 'delivered']);
  });

  it('about a message that nobody sent is counted by its provider', async () => {
    const before = { unmatched: await taken('unmatched'), folded: await folded('unmatched') };
    expect(await post(signWebhook(messageStatus('delivered'), secret()))).toMatchObject({ status: 200 });
    const foreign = signWebhook(messageStatus('delivered', 'somebody-else-1'), secret());
    expect(await post(foreign)).toMatchObject({ status: 200 });
    expect(await taken('unmatched')).toBe(before.unmatched + 2);
  });

  it('about a verification that is gone is counted as late, and told to those who remember it', async () => {
    const id = createVerificationId({ region: 'a', bucket: 7 });
    const before = { taken: await taken('late'), folded: await folded('unmatched') };
    expect(await tell(attemptId(id, 1), 'delivered')).toMatchObject({ status: 200 });
    expect(await taken('late')).toBe(before.taken + 1);
    const [receipt] = await events.until(RECEIPTS, id, 1);
    expect(receipt!.data).toMatchObject({ attempt_id: `${id}.1`, provider: 'north', status: 'delivered' });
    expect(receipt!.data).not.toHaveProperty('generation');
    await untilMetric(
      product,
      'watchword_receipts_folded_total',
      { provider: 'north', outcome: 'unmatched' },
      before.folded + 1,
    );
  });

  it('about another provider’s attempt is nobody’s word: counted, and dropped', async () => {
    const { id, attempt } = await sendText();
    const before = await taken('unmatched', 'south');
    const lie = signWebhook(messageStatus('delivered', attempt), secret());
    expect(await post(lie, 'south')).toMatchObject({ status: 200 });
    expect(await taken('unmatched', 'south')).toBe(before + 1);
    await tell(attempt, 'submitted');
    await untilReceipt(id, 'sent');
    const told = await events.until(RECEIPTS, id, 1);
    expect(told.map(({ data }) => data.provider)).toEqual(['north']);
  });

  it('D2: whose message id another provider has too counts for the attempt that it names, not for the other', async () => {
    const first = await sendText();
    const second = await sendTextBySecondProvider();
    const withId = (status: 'submitted' | 'delivered', attempt: string): SignedWebhook =>
      signWebhook(
        JSON.stringify({ ...JSON.parse(messageStatus(status, attempt)), message_uuid: 'the-same' }),
        secret(),
      );
    expect(await post(withId('submitted', first.attempt))).toMatchObject({ status: 200 });
    expect(await post(withId('delivered', attemptId(second.id, 2)), 'south')).toMatchObject({ status: 200 });
    await untilReceipt(first.id, 'sent');
    const told = await untilView(
      product,
      second.id,
      'its receipt',
      ({ attempts }) => attempts[1]?.receipt !== undefined,
    );
    expect(told.attempts).toMatchObject([{ state: 'rejected' }, { provider: 'south', receipt: 'delivered' }]);
    expect((await product.read(first.id)).attempts).toMatchObject([{ provider: 'north', receipt: 'sent' }]);
  });

  it('D3: about an attempt that was refused closes nothing of the one that followed', async () => {
    const { id, to } = await sendTextBySecondProvider();
    expect(await tell(attemptId(id, 1), 'undeliverable', 1050)).toMatchObject({ status: 200 });
    const refused = await untilReceipt(id, 'undelivered');
    expect(refused).toMatchObject({ status: 'pending', attempts: [{ provider: 'north' }, { provider: 'south' }] });
    expect(refused.attempts[1]).not.toHaveProperty('receipt');
    const delivered = signWebhook(messageStatus('delivered', attemptId(id, 2)), secret());
    expect(await post(delivered, 'south')).toMatchObject({ status: 200 });
    await untilView(product, id, 'its receipt', ({ attempts }) => attempts[1]?.receipt === 'delivered');
    const [message] = await product.messages(to);
    expect((await product.check(id, codeIn(message!.text))).body.valid).toBe(true);
    expect((await product.read(id)).attempts, 'nothing more was sent').toHaveLength(2);
  });

  it('that says delivered after a failure is believed; “sent” and failures after it are not', async () => {
    const { id, attempt } = await sendText();
    await tell(attempt, 'undeliverable', 1050);
    const failed = await untilReceipt(id, 'undelivered');
    expect(failed).toMatchObject({ status: 'pending' });
    await tell(attempt, 'delivered');
    await untilReceipt(id, 'delivered');
    const before = await folded('kept');
    await tell(attempt, 'submitted');
    await tell(attempt, 'rejected', 1280);
    await untilMetric(product, 'watchword_receipts_folded_total', { provider: 'north', outcome: 'kept' }, before + 2);
    const [first] = (await product.read(id)).attempts;
    expect(first).toMatchObject({ receipt: 'delivered' });
    expect(first).not.toHaveProperty('receipt_error');
  });

  it('that says nothing of a known shape is answered 400, and one for no provider 404', async () => {
    const before = await taken('malformed');
    expect(await post(signWebhook('[]', secret()))).toMatchObject({
      status: 400,
      answer: { code: 'webhook_malformed' },
    });
    expect(await taken('malformed')).toBe(before + 1);
    expect(await post(signWebhook('{}', secret()), 'nobody')).toMatchObject({ status: 404 });
  });
});
