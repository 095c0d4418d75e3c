import { createBus, type Bus } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  BUCKETS,
  CHECK_TOPIC,
  EVENTS,
  OUTCOME_TOPIC,
  REQUEST_TOPIC,
  TOPICS,
  createVerificationId,
  type EventTopic,
} from '@watchword/contracts';
import { pino } from 'pino';

const AT_ONCE = 500;
const LIFE_MS = 3_000_000;
export const EVENTS_EACH = 4;

/** The events of verifications that were sent, typed and approved a moment ago, as Kafka has them. */
export async function seedEvents(brokers: readonly string[], verifications: number): Promise<void> {
  const bus = createBus({ brokers: [...brokers], clientId: 'seed' }, { log: pino({ level: 'warn' }) });
  await bus.createTopics(TOPICS);
  const now = Date.now();
  for (let done = 0; done < verifications; done += AT_ONCE) {
    const count = Math.min(AT_ONCE, verifications - done);
    await Promise.all(Array.from({ length: count }, async (_, n) => seedOne(bus, (done + n) % BUCKETS, now)));
  }
  await bus.close();
}

async function seedOne(bus: Bus, bucket: number, now: number): Promise<void> {
  const id = createVerificationId({ region: 'a', bucket });
  const all = eventsOf(id, bucket, now);
  await Promise.all(
    all.map(async ([topic, data]) => {
      const time = new Date(now).toISOString();
      const envelope = {
        id: `${id}.${data.version}.x`,
        type: EVENTS[topic].type,
        source: 'urn:bench',
        subject: id,
        time,
      };
      await bus.publish({ topic, key: id, envelope, data: JSON.stringify(data) });
    }),
  );
}

function eventsOf(id: string, bucket: number, now: number): [EventTopic, { version: number }][] {
  const base = { verification_id: id, tenant: 'demo', purpose: 'login' };
  const sealed = `k1.${'x'.repeat(80)}`;
  const request = {
    ...base,
    version: 1,
    created_at: now,
    expires_at: now + LIFE_MS,
    lookup: `k1.${id}`,
    workflow: [{ channel: 'sms', recipient: 0, timeout_ms: 60_000 }],
    recipients: [{ sealed, country: 'DE', operator: '', limit_bucket: bucket, limit_key: id }],
    code_length: 6,
    checks_max: 5,
    cooldown_ms: 0,
    locale: 'en',
    webotp: false,
  };
  const attempt = {
    ...base,
    version: 4,
    attempt_id: `${id}.1`,
    provider: 'north',
    channel: 'sms',
    country: 'DE',
    operator: '',
    step: 0,
    send: 1,
    generation: 1,
    tag: 'k1.tagtagtagtagtagtag',
    state: 'accepted',
    claimed_at: now + 10,
    settled_at: now + 30,
    taken_over: false,
    revised: false,
    send_state: 'accepted',
  };
  const check = {
    ...base,
    version: 5,
    valid: true,
    generation: 1,
    checks_used: 1,
    checked_at: now + 1_000,
    checks_max: 5,
  };
  const outcome = {
    ...base,
    version: 6,
    outcome: 'approved',
    created_at: now,
    ended_at: now + 1_000,
    checks_used: 1,
    attempts: 1,
    generation: 1,
    attempt_id: attempt.attempt_id,
    provider: attempt.provider,
    channel: attempt.channel,
    country: attempt.country,
    operator: attempt.operator,
    submitted_at: attempt.claimed_at,
  };
  return [
    [REQUEST_TOPIC, request],
    [ATTEMPT_TOPIC, attempt],
    [CHECK_TOPIC, check],
    [OUTCOME_TOPIC, outcome],
  ];
}
