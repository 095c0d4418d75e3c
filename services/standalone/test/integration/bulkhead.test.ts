import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, VerificationView } from '@watchword/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { freshNumber, NO_BREAKERS, startProduct, type Product } from '../start-product.ts';
import { hurry, readMetric, untilView } from '../watch-product.ts';

/** What a provider that hangs costs an attempt. */
const ATTEMPT_TIMEOUT_MS = 4_000;
const FAILOVER_BUDGET_MS = 8_000;
const SLOTS = 20;
/** 40 % of them. */
const PLACES_PER_PROVIDER = 8;
const AT_ONCE = 60;

let product: Product;
beforeAll(async () => {
  product = await startProduct((yaml) =>
    yaml.replace(
      '\nlog:',
      `\n${NO_BREAKERS}delivery:
  concurrency: ${SLOTS}
  attempt_timeout_ms: ${ATTEMPT_TIMEOUT_MS}
  failover_budget_ms: ${FAILOVER_BUDGET_MS}
log:`,
    ),
  );
  await hurry(product, ...Object.values(SIMULATED).flat());
});
afterAll(async () => product.stop());

/** Starts them all at once; where a busy machine answers 503, again when it says so, as a platform would. */
async function startMany(channel: Channel, recipients: readonly string[]): Promise<string[]> {
  const start = async (to: string): Promise<Awaited<ReturnType<Product['start']>>> => {
    const answer = await product.start({ to, channel });
    if (answer.status !== 503) return answer;
    await sleep((answer.body.retry_after ?? 1) * 1000);
    return start(to);
  };
  const answers = await Promise.all(recipients.map(start));
  expect(answers.filter(({ status }) => status !== 202).map(({ body }) => body)).toEqual([]);
  return answers.map(({ body }) => body.id);
}

const accepted = (view: VerificationView) => view.attempts.find(({ state }) => state === 'accepted');

/** Waits until each has been taken by a provider, and says how long that took. */
async function untilAccepted(
  ids: readonly string[],
): Promise<{ provider: string; ms: number; view: VerificationView }[]> {
  return Promise.all(
    ids.map(async (id) => {
      // looked at seldom: the records tell the times, and sixty eager readers would be the load
      const view = await untilView(product, id, 'an accepted attempt', (each) => accepted(each) !== undefined, {
        timeoutMs: 30_000,
        intervalMs: 500,
      });
      const attempt = accepted(view)!;
      return { provider: attempt.provider, ms: Date.parse(attempt.settled_at!) - Date.parse(view.created_at), view };
    }),
  );
}

const numbers = (count: number) => Array.from({ length: count }, freshNumber);
const mailboxes = (count: number) =>
  Array.from({ length: count }, () => `p${Math.random().toString(36).slice(2)}@example.com`);
const slowest = (results: readonly { ms: number }[]) => Math.max(...results.map(({ ms }) => ms));
const median = (results: readonly { ms: number }[]) =>
  results.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(results.length / 2)]!;

/** Texts that all want the same provider, and beside them mails, which have nothing to do with it. */
async function sendBoth() {
  const [texts, mails] = await Promise.all([
    startMany('sms', numbers(AT_ONCE)).then(untilAccepted),
    startMany('email', mailboxes(PLACES_PER_PROVIDER - 2)).then(untilAccepted),
  ]);
  return { texts, mails };
}

it('a provider that hangs holds its own places only: the others’ traffic goes on, and all of its own fails over', async () => {
  // the same load without trouble: what a machine makes of it says nothing about the bulkhead
  const healthy = await sendBoth();
  await product.behave('north', { errors: { hang: 1 } });
  const troubled = await sendBoth();
  await product.behave('north', { errors: { hang: 0 } });

  expect(new Set(troubled.texts.map(({ provider }) => provider))).toEqual(new Set(['south']));
  expect(slowest(troubled.texts)).toBeLessThan(slowest(healthy.texts) + FAILOVER_BUDGET_MS);
  const spared = troubled.texts.filter(({ view }) => view.attempts.length === 1);
  const firstGaveUp = Math.min(
    ...troubled.texts
      .flatMap(({ view }) => view.attempts)
      .filter(({ state }) => state === 'unknown')
      .map((attempt) => Date.parse(attempt.settled_at!)),
  );
  const meanwhile = spared.filter(({ view }) => Date.parse(accepted(view)!.settled_at!) < firstGaveUp);
  expect(meanwhile.length, 'taken while the hanging calls still hung').toBeGreaterThanOrEqual(AT_ONCE / 2);
  expect(median(troubled.mails), 'mails wait for nobody').toBeLessThan(median(healthy.mails) + ATTEMPT_TIMEOUT_MS / 2);
});

it('a provider that hangs for some numbers still serves all others at once', async () => {
  const cursed = numbers(AT_ONCE / 2);
  await product.behave('north', { by_recipient: Object.fromEntries(cursed.map((to) => [to, 'hang'])) });
  const [hurt, unhurt] = await Promise.all([
    startMany('sms', cursed).then(untilAccepted),
    startMany('sms', numbers(AT_ONCE / 2)).then(untilAccepted),
  ]);
  expect(new Set(hurt.map(({ provider }) => provider))).toEqual(new Set(['south']));
  expect(slowest(hurt)).toBeLessThan(slowest(unhurt) + FAILOVER_BUDGET_MS);
  expect(hurt.filter(({ view }) => view.attempts.length === 2).length).toBeGreaterThan(0);
  expect(unhurt.map(({ view }) => view.attempts.length)).toEqual(unhurt.map(() => 1));
  expect(median(unhurt), 'they did not wait for the hanging calls').toBeLessThan(ATTEMPT_TIMEOUT_MS);
});

it('a failover finds a busy provider and waits for a place there: no send is left undelivered', async () => {
  await product.behave('north', { errors: { hang: 1 } });
  // south is full when the hanging calls time out: each of its own takes most of their time
  await product.behave('south', { submit_latency_ms: 0.75 * ATTEMPT_TIMEOUT_MS });
  const delivered = await untilAccepted(await startMany('sms', numbers(4 * PLACES_PER_PROVIDER)));
  const twice = delivered.filter(({ view }) => view.attempts.length === 2);
  expect(twice.length).toBeGreaterThanOrEqual(PLACES_PER_PROVIDER);
  expect(await readMetric(product, 'watchword_jobs_total', { channel: 'sms', outcome: 'retry' })).toBeGreaterThan(0);
  for (const { view } of delivered) expect(view.attempts.map(({ send }) => send)).toEqual(view.attempts.map(() => 1));
});
