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
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { waitFor } from '@watchword/testkit';
import { hurry } from '../watch-product.ts';

const PER_SECOND = 6;
const UNLIMITED =
  'limits:\n  wide: { tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0, number_prefix_per_10_minutes: 0 }\n';

const folder = mkdtempSync(join(tmpdir(), 'watchword-learning-'));
let product: Product;
beforeAll(async () => {
  product = await startProduct((yaml) => `${yaml.replace('\nlog:', `${THIRD_SMS}log:`)}${UNLIMITED}`, { learns: true });
  for (const provider of ['north', 'south', 'bell']) await hurry(product, provider);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await product.stop();
});

/** People who ask for a code and type it as soon as it is there. @returns who was asked to deliver each, in order */
async function live(people: number): Promise<string[]> {
  const asked: Promise<string>[] = [];
  for (let n = 0; n < people; n++) {
    asked.push(once());
    await sleep(1_000 / PER_SECOND);
  }
  return Promise.all(asked);
}

async function once(): Promise<string> {
  const to = freshNumber();
  const { body } = await product.start({ to, channel: 'sms' });
  for (let look = 0; look < 30; look++) {
    await sleep(100);
    const [message] = await product.inbox(to);
    if (!message) continue;
    await product.check(body.id, codeIn(message.text));
    break;
  }
  const { attempts } = await product.read(body.id);
  return attempts.at(-1)?.provider ?? 'nobody';
}

const share = (chosen: readonly string[], provider: string): number =>
  chosen.filter((each) => each === provider).length / chosen.length;

it('a provider that turns into a black hole loses its traffic in seconds: the codes that nobody types tell', async () => {
  const before = await live(60);
  const names = ['north', 'south', 'third'];
  const favourite = names.toSorted((left, right) => share(before, right) - share(before, left))[0]!;
  expect(share(before, favourite)).toBeGreaterThan(0.8);
  await product.behave(favourite === 'third' ? 'bell' : favourite, { errors: { black_hole: 1 } });
  const during = await live(30 * PER_SECOND);
  expect(share(during.slice(-10 * PER_SECOND), favourite)).toBeLessThan(0.1);
}, 120_000);

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
  expect([early.code, JSON.parse(early.output)]).toMatchObject([1, { n: 0, skipped: { undecided: attempts.length } }]);

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
  const [{ provider, candidates, sentence }] = routing.attempts as [RoutingView['attempts'][number]];
  expect(candidates.map((candidate) => candidate.provider).toSorted()).toEqual(['north', 'south', 'third']);
  const chosen = candidates.find((candidate) => candidate.provider === provider)!;
  expect(chosen).toEqual({
    provider,
    score: expect.any(Number) as number,
    mean: expect.any(Number) as number,
    n: expect.any(Number) as number,
  });
  expect(sentence).toMatch(new RegExp(`^Sent by ${provider}, .+ people are expected to type .+ in 100 \\(±`));
});
