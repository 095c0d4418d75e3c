import type { Bus } from '@watchword/bus';
import type { DeliveryQueueOptions } from '@watchword/queues';
import type { Logger } from 'pino';
import { openRecord, replayTopic, surveyTopic } from './dead-topic.ts';
import { QUARANTINE, parseRef, type DeadLetter, type OpenedLetter } from './letter.ts';
import { openEvent, replayEvent, surveyQuarantine, type QuarantineStore } from './quarantine.ts';
import { createRequeue } from './requeue.ts';

/** All that could not be handled, wherever it lies. */
export interface DeadLetters {
  /** Of one dead-letter topic or `quarantine`, else of all; oldest first in each. */
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
  log: Logger;
}

export function createDeadLetters({ bus, store, queues, log }: DeadLettersDeps): DeadLetters {
  const requeue = createRequeue(queues, log);
  const surveyOne = async (topic: string): Promise<DeadLetter[]> =>
    topic === QUARANTINE ? surveyQuarantine(store) : surveyTopic(bus, topic);

  return {
    async survey(topic) {
      if (topic !== undefined) return surveyOne(topic);
      const topics = (await bus.listTopics()).filter((name) => name.endsWith('.dead')).sort();
      const found: DeadLetter[] = [];
      for (const each of [...topics, QUARANTINE]) found.push(...(await surveyOne(each)));
      return found;
    },
    async open(text) {
      const ref = parseRef(text);
      switch (ref.outcome) {
        case 'record':
          return openRecord(bus, ref);
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
