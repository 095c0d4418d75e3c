import { createBus, type Bus, type IncomingEvent, type IncomingRecord } from '@watchword/bus';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
  deadLetterTopic,
  parseEvent,
} from '@watchword/contracts';
import { pino } from 'pino';
import type { DeadLetterFact, EventFact, History } from './history.ts';

const DEAD_SUFFIX = deadLetterTopic('', '').slice(1);
const TOPICS = [REQUEST_TOPIC, ATTEMPT_TOPIC, RECEIPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC];

/** Every event that Kafka has of verifications, in no particular order, and every dead letter. */
export async function readEvents(brokers: readonly string[]): Promise<Pick<History, 'events' | 'deadLetters'>> {
  const bus = createBus({ brokers: [...brokers], clientId: 'chaos' }, { log: pino({ level: 'silent' }) });
  const events: EventFact[] = [];
  try {
    const handle = async (event: IncomingEvent): Promise<void> => void events.push(toFact(event));
    const { skipped } = await bus.read({ topics: TOPICS, fromMs: 0, handle });
    if (skipped > 0) throw new Error(`${skipped} events could not be read: nothing can be said of this run`);
    return { events, deadLetters: await readDeadLetters(bus) };
  } finally {
    await bus.close(2_000);
  }
}

/** Of whichever topic and group. */
async function readDeadLetters(bus: Bus): Promise<DeadLetterFact[]> {
  const topics = (await bus.listTopics()).filter((topic) => topic.endsWith(DEAD_SUFFIX));
  const found: DeadLetterFact[] = [];
  const handle = ({ topic, offset, headers }: IncomingRecord): Promise<void> => {
    found.push({ topic, offset, reason: headers['x-reason'] ?? 'no reason' });
    return Promise.resolve();
  };
  if (topics.length > 0) await bus.read({ topics, fromMs: 0, envelope: 'none', handle });
  return found;
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
    case RECEIPT_TOPIC: {
      const { attempt_id: attemptId, status, raw_status: raw } = parseEvent(topic, value);
      return { ...common, topic, receipt: { attemptId, status, raw } };
    }
    default:
      return { ...common, topic: REQUEST_TOPIC };
  }
}
