import { createBus } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  EVENTS,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  createVerificationId,
  type EventData,
  type EventTopic,
} from '@watchword/contracts';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Product } from './start-product.ts';

/** A verification with one send, some time ago. */
interface PastSend {
  provider: string;
  state: 'accepted' | 'rejected';
  receipt?: 'delivered' | 'undelivered';
  /** After the claim. */
  approvedAfterMs?: number;
  canceled?: boolean;
}

export interface PastSends {
  /** As the services would have published them. @returns the ids, in their order */
  tell(sends: readonly PastSend[], claimedMs: number): Promise<string[]>;
  /** The code of one of them is typed. */
  approve(id: string, provider: string, claimedMs: number, afterMs: number): Promise<void>;
  stop(): Promise<void>;
}

/** Of no number, so that nobody else's sends are counted with these. */
export const PAST_OPERATOR = '262-99';

const COMMON = { version: 2, tenant: 'demo', purpose: 'login' };

/** Tells a product's topics of sends that nobody made, at times that a test need not wait for. */
export function createPastSends({ topicPrefix }: Product): PastSends {
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'past-sends', topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  const publish = async <T extends EventTopic>(topic: T, verificationId: string, data: EventData<T>): Promise<void> =>
    bus.publish({
      topic,
      key: verificationId,
      envelope: {
        id: `${verificationId}.${topic}`,
        type: EVENTS[topic].type,
        source: 'urn:watchword:a',
        subject: verificationId,
        time: new Date().toISOString(),
      },
      data: JSON.stringify(data),
    });
  const cellOf = (provider: string) => ({ provider, channel: 'sms' as const, country: 'DE', operator: PAST_OPERATOR });

  const approve: PastSends['approve'] = async (id, provider, claimedMs, afterMs) =>
    publish(OUTCOME_TOPIC, id, {
      ...COMMON,
      ...cellOf(provider),
      verification_id: id,
      outcome: 'approved',
      created_at: claimedMs,
      ended_at: claimedMs + afterMs,
      checks_used: 1,
      attempts: 1,
      generation: 1,
      attempt_id: `${id}.1`,
      submitted_at: claimedMs,
    });

  async function tellOne(send: PastSend, claimedMs: number): Promise<string> {
    const { provider, state, receipt, approvedAfterMs, canceled } = send;
    const id = createVerificationId({ region: 'a', bucket: 0 });
    const sent = { ...cellOf(provider), submitted_at: claimedMs };
    await publish(ATTEMPT_TOPIC, id, {
      ...COMMON,
      ...cellOf(provider),
      verification_id: id,
      attempt_id: `${id}.1`,
      step: 0,
      send: 1,
      generation: 1,
      tag: 'p1.x',
      state,
      ...(state === 'rejected' && { error: 'throttled' }),
      claimed_at: claimedMs,
      settled_at: claimedMs + 90,
      taken_over: false,
      revised: false,
    });
    if (receipt)
      await publish(RECEIPT_TOPIC, id, {
        ...sent,
        verification_id: id,
        attempt_id: `${id}.1`,
        status: receipt,
        raw_status: receipt,
        received_at: claimedMs + 3_000,
      });
    if (approvedAfterMs !== undefined) await approve(id, provider, claimedMs, approvedAfterMs);
    if (canceled)
      await publish(OUTCOME_TOPIC, id, {
        ...COMMON,
        verification_id: id,
        outcome: 'canceled',
        created_at: claimedMs,
        ended_at: claimedMs + 9_000,
        checks_used: 0,
        attempts: 1,
        withdrawn: [sent],
      });
    return id;
  }

  return {
    tell: async (sends, claimedMs) => Promise.all(sends.map(async (send) => tellOne(send, claimedMs))),
    approve,
    stop: async () => bus.close(2_000),
  };
}
