import type { Bus } from '@watchword/bus';
import {
  BaseError,
  parseEvent,
  QUALITY_TOPIC,
  qualityCell,
  type Channel,
  type QualityEvent,
} from '@watchword/contracts';

/** A month of the minutes of a dozen busy cells; some 100 MB. */
const MINUTES_MAX = 500_000;

/** Which cells are looked at, and from when to when; milliseconds since 1970. */
export interface QualityScope {
  channel: Channel;
  country?: string;
  operator?: string;
  sinceMs: number;
  /** Exclusive. */
  untilMs: number;
}

export interface QualityMinute {
  minute: number;
  provider: string;
  revision: number;
  submitted: number;
  converted: number;
}

/**
 * The minutes of the scope's cells, each in its highest revision.
 *
 * @throws BaseError OTP_BUS_UNAVAILABLE; OTP_BUS_FULL where they are too many
 */
export async function readQualityMinutes(
  bus: Pick<Bus, 'read'>,
  scope: QualityScope,
): Promise<{ minutes: QualityMinute[]; skipped: number }> {
  const found = new Map<string, QualityMinute>();
  const ending = new AbortController();
  const read = await bus
    .read({
      topics: [QUALITY_TOPIC],
      mustExist: true,
      // A minute is published after it is over, so what Kafka stored before is older still.
      fromMs: scope.sinceMs,
      signal: ending.signal,
      handle: async ({ value }) => {
        const event = parseEvent(QUALITY_TOPIC, value);
        if (!isIn(scope, event)) return;
        const name = `${qualityCell(event)}|${event.minute}`;
        const known = found.get(name);
        if (known && known.revision >= event.revision) return;
        const { minute, provider, revision, submitted, converted } = event;
        found.set(name, { minute, provider, revision, submitted, converted });
        if (found.size > MINUTES_MAX) ending.abort();
      },
    })
    .catch(async (error: unknown) => Promise.reject(ending.signal.aborted ? tooMany() : error));
  return { minutes: [...found.values()], skipped: read.skipped };
}

function isIn({ channel, country, operator, sinceMs, untilMs }: QualityScope, event: QualityEvent): boolean {
  return (
    event.channel === channel &&
    (country === undefined || event.country === country) &&
    (operator === undefined || event.operator === operator) &&
    event.minute >= sinceMs &&
    event.minute < untilMs
  );
}

function tooMany(): BaseError {
  const what = `there are more than ${MINUTES_MAX} minutes of cells: name a country or an operator, or a shorter time`;
  return new BaseError('OTP_BUS_FULL', what, { retry: false });
}
