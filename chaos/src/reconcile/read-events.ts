import { createBus, type IncomingEvent } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  parseEvent,
} from '@watchword/contracts';
import { pino } from 'pino';
import type { EventFact } from './history.ts';

const TOPICS = [REQUEST_TOPIC, ATTEMPT_TOPIC, RECEIPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC];

/** Every event that Kafka has of verifications, in no particular order. */
export async function readEvents(brokers: readonly string[]): Promise<EventFact[]> {
  const bus = createBus({ brokers: [...brokers], clientId: 'chaos' }, { log: pino({ level: 'silent' }) });
  const events: EventFact[] = [];
  try {
    const handle = async (event: IncomingEvent): Promise<void> => void events.push(toFact(event));
    await bus.read({ topics: TOPICS, fromMs: 0, handle });
    return events;
  } finally {
    await bus.close(2_000);
  }
}

function toFact({ topic, key, envelope, value, timestampMs }: IncomingEvent): EventFact {
  const common = { eventId: envelope.id, id: key, at: timestampMs };
  switch (topic) {
    case ATTEMPT_TOPIC: {
      const { attempt_id: attemptId, send, state, taken_over: takenOver } = parseEvent(topic, value);
      return { ...common, topic, attempt: { attemptId, send, state, takenOver } };
    }
    case CHECK_TOPIC:
      return { ...common, topic, valid: parseEvent(topic, value).valid };
    case OUTCOME_TOPIC:
      return { ...common, topic, outcome: parseEvent(topic, value).outcome };
    case RECEIPT_TOPIC:
      return { ...common, topic, receipt: parseEvent(topic, value).status };
    default:
      return { ...common, topic: REQUEST_TOPIC };
  }
}
