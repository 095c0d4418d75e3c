import type { BaseError } from '@watchword/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { partitionOf, type Bus, type IncomingEvent } from '../../src/index.ts';
import { createEvent, numberIn } from '../integration/bus-fixture.ts';

const SENDERS = 64;
/** Together some 1,200 events a second: the brokers share two cores with the senders. */
const PAUSE_MS = 50;

/** What senders were told and what handlers saw, by id. */
export interface Traffic {
  /** Ids that were acknowledged. */
  acknowledged: Set<string>;
  /** Codes of the errors, with how many there were. */
  refused: Map<string, number>;
  seen: Map<string, number>;
  /** When the last acknowledgement of a partition came. */
  acknowledgedMs: (partition: number) => number;
  /** Longest time in which no event of a partition was acknowledged. */
  worstSilenceMs: (partition: number) => number;
  handle: (event: IncomingEvent) => Promise<void>;
  /** Lets the senders finish what they have begun. */
  stop: () => Promise<void>;
  missing: () => string[];
  /** Keys whose events were not seen for the first time in the order in which they were sent. */
  disordered: () => string[];
  repeats: () => number;
}

/**
 * 64 senders with a key each. Every one sends two events at a time without waiting between them, and goes on whatever the
 * answer: nothing is sent again, so each id is either acknowledged or of unknown fate.
 */
export function startTraffic(bus: Bus, topic: string, partitions: number): Traffic {
  const acknowledged = new Set<string>();
  const refused = new Map<string, number>();
  const seen = new Map<string, number>();
  const order = new Map<string, number[]>();
  const lastMs = Array.from({ length: partitions }, () => Date.now());
  const worstMs = Array.from({ length: partitions }, () => 0);
  const stopping = new AbortController();

  async function send(key: string, n: number): Promise<void> {
    const partition = partitionOf(key, partitions);
    try {
      await bus.publish(createEvent(topic, key, n), { timeoutMs: 30_000 });
      acknowledged.add(`${key}.${n}`);
      worstMs[partition] = Math.max(worstMs[partition]!, Date.now() - lastMs[partition]!);
      lastMs[partition] = Date.now();
    } catch (error) {
      const { code } = error as BaseError;
      refused.set(code, (refused.get(code) ?? 0) + 1);
    }
  }

  async function sender(key: string): Promise<void> {
    for (let n = 0; !stopping.signal.aborted; n += 2) {
      await Promise.all([send(key, n), send(key, n + 1)]);
      await sleep(PAUSE_MS);
    }
  }

  const senders = Array.from({ length: SENDERS }, (_, i) => sender(`sender${i}`));

  return {
    acknowledged,
    refused,
    seen,
    acknowledgedMs: (partition) => lastMs[partition]!,
    worstSilenceMs: (partition) => worstMs[partition]!,
    handle({ envelope, key, value }) {
      const times = (seen.get(envelope.id) ?? 0) + 1;
      seen.set(envelope.id, times);
      if (times === 1) order.set(key, [...(order.get(key) ?? []), numberIn(value)]);
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await Promise.all(senders);
    },
    missing: () => [...acknowledged].filter((id) => !seen.has(id)),
    disordered: () =>
      [...order].flatMap(([key, numbers]) => (numbers.some((n, i) => i > 0 && n < numbers[i - 1]!) ? [key] : [])),
    repeats: () => [...seen.values()].reduce((sum, times) => sum + times - 1, 0),
  };
}
