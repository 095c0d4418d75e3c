import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ATTEMPT_TOPIC,
  OUTCOME_TOPIC,
  type AttemptEvent,
  type OutcomeEvent,
  type RoutingView,
} from '@watchword/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportTopics } from '../export-topics.ts';
import { runCli } from '../run-cli.ts';
import { THIRD_SMS } from '../third-account.ts';
import { watchLedger, type LedgerWatch } from '../start-burst.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { waitFor } from '@watchword/testkit';
import { hurry } from '../watch-product.ts';

const PER_SECOND = 10;
/** Of a simulated provider that is not at its best, how many messages vanish. */
const SOME_LOST = { errors: { black_hole: 0.25 } };
const WELL = { errors: { black_hole: 0, http_500: 0 }, receipts: { mode: 'normal' } } as const;
const UNLIMITED =
  'limits:\n  wide: { tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0, number_prefix_per_10_minutes: 0 }\n';
const MINUTE_MS = 60_000;
/** In a row: a breaker opens. */
const REFUSALS = 5;

const folder = mkdtempSync(join(tmpdir(), 'watchword-learning-'));
let product: Product;
let ledger: LedgerWatch;
const crowd = { leaves: false, people: new Set<Promise<void>>() };

beforeAll(async () => {
  product = await startProduct((yaml) => `${yaml.replace('\nlog:', `${THIRD_SMS}log:`)}${UNLIMITED}`, { learns: true });
  for (const provider of ['north', 'south', 'bell']) await hurry(product, provider);
  for (const provider of ['south', 'bell']) await product.behave(provider, SOME_LOST);
  ledger = watchLedger(product);
});
afterAll(async () => {
  crowd.leaves = true;
  await Promise.all(crowd.people);
  await ledger?.stop();
  rmSync(folder, { recursive: true });
  await product.stop();
});

/** People who ask for a code and type it as soon as it is there. */
async function gather(): Promise<void> {
  while (!crowd.leaves) {
    const person = live().finally(() => crowd.people.delete(person));
    crowd.people.add(person);
    await sleep(1_000 / PER_SECOND);
  }
}

async function live(): Promise<void> {
  const to = freshNumber();
  const { body } = await product.start({ to, channel: 'sms' });
  for (let look = 0; look < 30; look++) {
    await sleep(100);
    const [message] = await product.inbox(to);
    if (message) return void (await product.check(body.id, codeIn(message.text)));
  }
}

/** Whom the simulator was asked by since then, as it names its providers. */
const askedSince = (since: number): string[] => {
  const asked: string[] = [];
  for (const { at, provider } of ledger.entries()) if (Date.parse(at) >= since) asked.push(provider);
  return asked;
};
const countSince = (provider: string, since: number): number =>
  askedSince(since).filter((each) => each === provider).length;

/** Its part of what was sent in the last seconds. */
function shareOf(provider: string, lastMs = 4_000): number {
  const asked = askedSince(Date.now() - lastMs);
  return asked.length < PER_SECOND ? Number.NaN : asked.filter((each) => each === provider).length / asked.length;
}

async function until(what: string, condition: () => boolean, timeoutMs = 2 * MINUTE_MS): Promise<void> {
  await waitFor(condition, { what, timeoutMs, intervalMs: 200 });
}

it('a provider that fails in whatever way loses its traffic at once, and gets it back when it is well again', async () => {
  const gathering = gather();
  await until('the best one to have a reputation', () => shareOf('north', 8_000) > 0.9);

  await product.behave('north', { errors: { black_hole: 1 } });
  const brokeAt = Date.now();
  await until('a black hole to lose its traffic', () => shareOf('north') < 0.1);
  const lost = countSince('north', brokeAt);
  expect(lost).toBeGreaterThan(0);
  expect(lost, 'sends into the black hole').toBeLessThanOrEqual(60 * PER_SECOND);

  // the next best one, now that its share is settled
  await until('another one to have its traffic', () => Math.max(shareOf('south', 2_000), shareOf('bell', 2_000)) > 0.8);
  const favourite = shareOf('south', 2_000) > shareOf('bell', 2_000) ? 'south' : 'bell';
  await product.behave('north', WELL);
  const healedAt = Date.now();
  await product.behave(favourite, { errors: { black_hole: 0, http_500: 1 } });
  const refusesSince = Date.now();
  await until('refusals', () => countSince(favourite, refusesSince) >= REFUSALS);
  const refusedAt = Date.now();
  await sleep(10_000);
  expect(countSince(favourite, refusedAt + 2_000), 'calls but a probe').toBeLessThanOrEqual(1);
  await product.behave(favourite, WELL);
  await product.behave(favourite, SOME_LOST);

  await until('the healed one to have its traffic back', () => shareOf('north', 8_000) > 0.9, 5 * MINUTE_MS);
  const backAfter = Math.round((Date.now() - healedAt) / 1_000);

  await product.behave('north', { errors: { black_hole: 1 }, receipts: { mode: 'fake' } });
  const fakesSince = Date.now();
  await until('one that fakes receipts to lose its traffic', () => shareOf('north') < 0.1);
  const faked = countSince('north', fakesSince);
  expect(faked, 'sends to the faker').toBeLessThanOrEqual(60 * PER_SECOND);
  console.info(`${lost} sends into the black hole; back ${backAfter} s after healing; ${faked} to the faker`);
  crowd.leaves = true;
  await gathering;
}, 600_000);

it('what was sent tells, exported, what another policy would have converted', async () => {
  const file = join(folder, 'events');
  const values = await exportTopics(product, [ATTEMPT_TOPIC, OUTCOME_TOPIC], file);
  const events = values.map((value) => JSON.parse(value) as AttemptEvent & OutcomeEvent);
  // an event may come twice
  const attempts = [
    ...new Map(
      events
        .filter(({ decision, state }) => decision?.propensity !== undefined && state !== 'rejected')
        .map((event) => [event.attempt_id, event]),
    ).values(),
  ];
  const typed = [
    ...new Map(
      events.filter(({ outcome }) => outcome === 'approved').map((event) => [event.verification_id, event]),
    ).values(),
  ];
  expect(attempts.length).toBeGreaterThan(200);
  expect(attempts.some(({ decision }) => decision!.propensity! < 1)).toBe(true);

  const whatIf = async () => runCli({}, 'simulate', 'routing', '--events', file, '--json');
  const early = await whatIf();
  expect(JSON.parse(early.output)).toMatchObject({ skipped: { undecided: expect.any(Number) as number } });

  // a while later what was not typed by then is decided
  const [attempt, outcome] = [attempts.at(-1)!, typed.at(-1)!];
  const later = {
    ...attempt,
    attempt_id: `${attempt.attempt_id}9`,
    claimed_at: attempt.claimed_at + 6e5,
    settled_at: attempt.settled_at + 6e5,
  };
  const laterOutcome = { ...outcome, ended_at: outcome.ended_at + 6e5 };
  appendFileSync(file, `${JSON.stringify(later)}\n${JSON.stringify(laterOutcome)}\n`);
  const { code, output } = await whatIf();
  const found = JSON.parse(output) as { n: number; logged: number; estimate: number; interval: [number, number] };
  expect([code, found]).toMatchObject([0, { policy: 'watchword', n: attempts.length, skipped: { undecided: 1 } }]);
  expect(found.logged).toBeCloseTo(typed.length / attempts.length, 9);
  expect(found.estimate).toBeGreaterThanOrEqual(found.interval[0]);
  expect(found.interval[1]).toBeGreaterThanOrEqual(found.estimate);
});

it('says of a choice what it was worth: scores, their doubt, and who else there was', async () => {
  const { body } = await product.start({ to: freshNumber(), channel: 'sms' });
  const path = `/v1/verifications/${body.id}/routing`;
  const routing = await waitFor(
    async () => {
      const answer = await product.call<RoutingView>('GET', path);
      return answer.body.attempts.length > 0 && answer.body;
    },
    { timeoutMs: 20_000, what: 'an attempt' },
  );
  const [{ provider, candidates, excluded, sentence }] = routing.attempts as [RoutingView['attempts'][number]];
  expect([...candidates, ...excluded].map((candidate) => candidate.provider).toSorted()).toEqual([
    'north',
    'south',
    'third',
  ]);
  const chosen = candidates.find((candidate) => candidate.provider === provider)!;
  expect(chosen).toEqual({
    provider,
    score: expect.any(Number) as number,
    mean: expect.any(Number) as number,
    n: expect.any(Number) as number,
  });
  expect(sentence).toMatch(new RegExp(`^Sent by ${provider}, .+ people are expected to type .+ in 100 \\(±`));
});
