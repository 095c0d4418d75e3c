/** An event that was not in Kafka this long after it happened waited for a Kafka that was away: no other excuse. */
export const UNSHIPPED_MS = 2_000;
/** What happened right after a loss was noticed may have been decided before it. */
const LOSS_NOTICED_MS = 1_000;
/** The moment of a loss is known by this process, which may be held up: what Kafka had so long before is read again. */
const KNOWN_BEFORE_MS = 250;

/** When Redis lost data, and what that excuses. Times in ms since 1970. */
export interface Losses {
  /** It happened at a moment of which nobody but Redis may have known when it lost its data. */
  covers(at: number): boolean;
  /** An event that Kafka got at this time came too late for the recovery to read it, and was on its way at the loss. */
  missed(kafkaAt: number): boolean;
  readonly at: readonly number[];
}

export function createLosses(lossesAt: readonly number[]): Losses {
  return {
    at: lossesAt,
    covers: (at) => lossesAt.some((lossAt) => at > lossAt - UNSHIPPED_MS && at < lossAt + LOSS_NOTICED_MS),
    missed: (kafkaAt) =>
      lossesAt.some((lossAt) => kafkaAt > lossAt - KNOWN_BEFORE_MS && kafkaAt < lossAt + UNSHIPPED_MS),
  };
}
