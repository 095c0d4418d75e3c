import type { Bus } from '@watchword/bus';
import type { DeliveryQueueOptions } from '@watchword/queues';
import type { Logger } from 'pino';
import { openRecord, replayTopic, surveyTopic } from './dead-topic.ts';
import { QUARANTINE, parseRef, type DeadLetter, type OpenedLetter } from './letter.ts';
import { openEvent, replayEvent, surveyQuarantine, type QuarantineStore } from './quarantine.ts';
import { createRequeue } from './requeue.ts';

/** All that could not be handled, wherever it lies. */
export interface DeadLetters {
  /** Where any may lie: the dead-letter topics of this deployment, and `quarantine`. */
  places: readonly string[];
  /** Of one place, else of all; oldest first in each. Nothing is at any other. */
  survey(topic?: string): Promise<DeadLetter[]>;
  open(ref: string): Promise<OpenedLetter | undefined>;
  /** Those with an obstacle are left as they are. `onReplayed` is told of each that was put back. */
  replay(letters: readonly DeadLetter[], onReplayed: (ref: string) => void): Promise<void>;
  close(): Promise<void>;
}

export interface DeadLettersDeps {
  bus: Pick<Bus, 'read' | 'publishRecord' | 'listTopics'>;
  store: QuarantineStore;
  queues: Omit<DeliveryQueueOptions, 'channel'>;
  /** Every dead-letter topic that this deployment can have, bare. Others' may lie beside them in the same Kafka. */
  topics: readonly string[];
  log: Logger;
}

export function createDeadLetters({ bus, store, queues, topics, log }: DeadLettersDeps): DeadLetters {
  const requeue = createRequeue(queues, log);
  const places = [...topics.toSorted(), QUARANTINE];

  return {
    places,
    async survey(topic) {
      const wanted = places.filter((place) => topic === undefined || place === topic);
      // some are made when the first letter comes
      const existing = new Set([...(wanted.length > 0 ? await bus.listTopics() : []), QUARANTINE]);
      const found: DeadLetter[] = [];
      for (const place of wanted.filter((each) => existing.has(each)))
        found.push(...(await (place === QUARANTINE ? surveyQuarantine(store) : surveyTopic(bus, place))));
      return found;
    },
    async open(text) {
      const ref = parseRef(text);
      switch (ref.outcome) {
        case 'record':
          return topics.includes(ref.topic) ? openRecord(bus, ref) : undefined;
        case 'event':
          return openEvent(store, ref);
        case 'malformed':
          return undefined;
      }
    },
    async replay(letters, onReplayed) {
      const byTopic = Map.groupBy(letters, ({ topic }) => topic);
      for (const [topic, of] of byTopic) {
        if (topic !== QUARANTINE) {
          await replayTopic({ bus, requeue }, topic, new Set(of.map(({ ref }) => ref)), onReplayed);
          continue;
        }
        for (const { ref } of of) {
          const at = parseRef(ref);
          if (at.outcome === 'event' && (await replayEvent(store, at))) onReplayed(ref);
        }
      }
    },
    close: async () => requeue.close(),
  };
}
