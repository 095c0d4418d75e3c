import type { OutgoingEvent } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  EVENTS,
  OUTCOME_TOPIC,
  QUALITY_TOPIC,
  RECEIPT_TOPIC,
  qualityCell,
  qualityEventId,
  type EventData,
  type EventTopic,
  type QualityEvent,
} from '@watchword/contracts';
import type { Story, StoryAttempt } from './stories.ts';

/** A code's tag and an idempotency key's hash, which no export may show. */
export const SECRETS = { tag: 'p1.dGFnLW9mLWEtY29kZQ', approvedBy: 'aGFzaC1vZi1hLWtleQ' };

/** The events that tell a story, some of them twice, and of some attempts an earlier, wrong version. */
export function eventsOfStory(story: Story, n: number): OutgoingEvent[] {
  const common = { verification_id: story.id, tenant: 'shop', purpose: 'login' };
  const events = story.attempts.flatMap((attempt, place) => attemptEvents(story, attempt, place, n));
  const last = story.attempts.at(-1)!;
  const endedMs = story.typed?.atMs ?? story.createdMs + 600_000;
  const { typed } = story;
  const approving = typed && story.attempts[typed.attempt]!;
  if (typed) {
    events.push(
      outgoing(CHECK_TOPIC, `${story.id}.90.check`, {
        ...common,
        version: 90,
        valid: true,
        generation: typed.attempt + 1,
        checks_used: 1,
        checks_max: 5,
        checked_at: typed.atMs,
      }),
    );
  }
  events.push(
    outgoing(OUTCOME_TOPIC, `${story.id}.91.end`, {
      ...common,
      version: 91,
      outcome: endOf(story),
      created_at: story.createdMs,
      ended_at: endedMs,
      checks_used: typed ? 1 : 0,
      attempts: story.attempts.length,
      approved_by: SECRETS.approvedBy,
      ...(approving && { attempt_id: approving.id, generation: typed.attempt + 1, ...cellOf(story, approving) }),
      ...(approving && { submitted_at: approving.claimedMs }),
    }),
  );
  // at least once is not exactly once
  return n % 10 === 0 || last.refused ? [...events, ...events] : events;
}

function endOf({ typed, canceled }: Story): 'approved' | 'canceled' | 'expired' {
  if (typed) return 'approved';
  return canceled ? 'canceled' : 'expired';
}

function attemptEvents(story: Story, attempt: StoryAttempt, place: number, n: number): OutgoingEvent[] {
  const amount = (Number(attempt.price) / 1e6).toFixed(4);
  const data: EventData<typeof ATTEMPT_TOPIC> = {
    verification_id: story.id,
    tenant: 'shop',
    purpose: 'login',
    version: 3 + place * 2,
    attempt_id: attempt.id,
    ...cellOf(story, attempt),
    step: 0,
    send: attempt.send,
    generation: place + 1,
    tag: SECRETS.tag,
    state: attempt.refused ? 'rejected' : 'accepted',
    ...(attempt.refused && { error: 'throttled' as const }),
    claimed_at: attempt.claimedMs,
    settled_at: attempt.settledMs,
    taken_over: false,
    revised: false,
    ...(!attempt.refused && { price: { amount, currency: 'EUR' } }),
    decision: { rule: attempt.rule, candidates: [{ provider: attempt.provider, eligible: true }] },
  };
  const events = [outgoing(ATTEMPT_TOPIC, `${attempt.id}.settled`, data)];
  // the worker was taken for dead, and then told what had come of it
  if (n % 25 === 0) {
    const takenOver = { ...data, state: 'unknown' as const, taken_over: true, version: data.version - 1 };
    events.unshift(outgoing(ATTEMPT_TOPIC, `${attempt.id}.taken-over`, takenOver));
  }
  const { receipt, network } = attempt;
  if (!receipt) return events;
  events.push(
    outgoing(RECEIPT_TOPIC, `${attempt.id}.receipt.a`, {
      verification_id: story.id,
      attempt_id: attempt.id,
      ...cellOf(story, attempt),
      generation: place + 1,
      submitted_at: attempt.claimedMs,
      status: receipt.status,
      raw_status: receipt.status,
      ...(network !== undefined && { network_code: network.replace('-', ''), actual_operator: network }),
      received_at: receipt.atMs,
    }),
  );
  return events;
}

function cellOf({ country }: Story, { provider, operator }: StoryAttempt) {
  return { provider, channel: 'sms' as const, country, operator };
}

/** A cell's minute, in each of its revisions. */
export function qualityEvents(...events: QualityEvent[]): OutgoingEvent[] {
  return events.map((event) => outgoing(QUALITY_TOPIC, qualityEventId(event), event));
}

function outgoing<Topic extends EventTopic>(topic: Topic, id: string, data: EventData<Topic>): OutgoingEvent {
  const key = 'verification_id' in data ? data.verification_id : qualityCell(data as QualityEvent);
  const time = new Date(0).toISOString();
  return {
    topic,
    key,
    envelope: { id, type: EVENTS[topic].type, source: 'urn:watchword:a', subject: key, time },
    data: JSON.stringify(data),
  };
}
