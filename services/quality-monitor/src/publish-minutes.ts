import { EVENTS, QUALITY_TOPIC, qualityCell, qualityEventId, type QualityEvent } from '@watchword/contracts';
import type { CellMinute, CountsStore, MinutesStore, TakenMinutes } from '@watchword/quality';
import { NO_COUNTS, addCounts, bucketStart, parseCellKey, type Bucket, type Cell } from '@watchword/routing';
import type { PublishEvent } from '@watchword/runtime';
import { describeCounts, type Price } from './describe-counts.ts';
import type { Judgement } from './judge-cells.ts';

const MINUTE_MS = 60_000;
/** After a minute's end, so that what Kafka and the counting have under way is in: its first word is nearly whole but for what comes late. */
const SETTLE_MS = 5_000;
/** What is older is in buckets of ten minutes: a minute cannot be told from its neighbours. A minute less, since clocks differ. */
const MINUTES_TOLD_MS = 6 * 3_600_000 - MINUTE_MS;
/** Minutes that one round publishes, of a second or less: 60,000 cells a minute, and some 700 KB on their way to Kafka. */
const MINUTES_AT_ONCE_MAX = 1_000;
/** Shorter than the lease: who waits longer for Kafka leads no more. */
const PUBLISH_MS = 3_000;

export interface PublishMinutesDeps {
  minutes: MinutesStore;
  counts: Pick<CountsStore, 'readSpans'>;
  readJudgements: () => Promise<(cell: Cell) => Judgement>;
  priceOf: (provider: string, country: string) => Price | undefined;
  publish: PublishEvent;
  onMinutes: (outcome: 'published' | 'forgotten', count: number) => void;
}

/**
 * Publishes the minutes of cells whose counts have changed: each once a minute at most, soon after its end for the first time.
 *
 * @returns a round, to be made every second. It rejects with a BaseError of Redis or Kafka: what it had taken is published by the
 *   next one, whoever makes it
 */
export function createMinutePublishing(deps: PublishMinutesDeps): (nowMs: number) => Promise<void> {
  const { minutes, counts, publish, onMinutes } = deps;
  let passedMs = 0;

  return async (nowMs) => {
    const latestMs = bucketStart(nowMs - SETTLE_MS, MINUTE_MS) - MINUTE_MS;
    if (latestMs === passedMs) return;
    const range = { earliestMs: bucketStart(nowMs - MINUTES_TOLD_MS, MINUTE_MS), latestMs, most: MINUTES_AT_ONCE_MAX };
    const taken = await minutes.take(range);
    if (taken.forgotten > 0) onMinutes('forgotten', taken.forgotten);
    if (taken.minutes.length === 0) return;
    await publishAll(taken, nowMs);
    await minutes.published(taken.revision);
    onMinutes('published', taken.minutes.length);
    // more than one round's worth: the next one goes on
    if (taken.minutes.length < MINUTES_AT_ONCE_MAX) passedMs = latestMs;
  };

  async function publishAll({ minutes: taken, revision }: TakenMinutes, nowMs: number): Promise<void> {
    const judge = await deps.readJudgements();
    const buckets = await counts.readSpans(taken.map(spanOf));
    const told = await Promise.allSettled(
      taken.map(async (minute, at) => {
        const event = composeMinute(minute, revision, buckets[at]!, { ...deps, judge });
        await publish(
          {
            id: qualityEventId(event),
            type: EVENTS[QUALITY_TOPIC].type,
            topic: QUALITY_TOPIC,
            key: qualityCell(event),
            timeMs: nowMs,
            data: event,
          },
          { timeoutMs: PUBLISH_MS },
        );
      }),
    );
    const failed = told.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}

function spanOf({ cell, startMs }: CellMinute) {
  return { cell, fromMs: startMs, toMs: startMs + MINUTE_MS };
}

function composeMinute(
  { cell: name, startMs }: CellMinute,
  revision: number,
  buckets: readonly Bucket[],
  { judge, priceOf }: Pick<PublishMinutesDeps, 'priceOf'> & { judge: (cell: Cell) => Judgement },
): QualityEvent {
  const cell = parseCellKey(name);
  const counts = buckets.reduce(addCounts, NO_COUNTS);
  return {
    minute: startMs,
    revision,
    ...cell,
    ...describeCounts(counts, priceOf(cell.provider, cell.country)),
    ...judge(cell),
  };
}
