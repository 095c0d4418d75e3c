/** The times the state machine runs on, in ms. Each is a parameter, so that tests can run the same machine faster. */
export interface Durations {
  /** An `admitted` record that nobody finished in this time is started from its state. */
  admittedMs: number;
  /** A send that no worker claimed in this time is queued again under the same job id. */
  queueLeaseMs: number;
  /** An attempt that is `submitting` this long is taken over as unknown. Three times the longest provider call. */
  submitLeaseMs: number;
  /**
   * With less life than this ahead a send that somebody asks for is worthless: some 5 s until it arrives, some 10 to read and type
   * it. Half of the least life there is, so that the shortest verification can be resent too.
   */
  lifeLeftMinMs: number;
}

/** The reasons stand at each field of `Durations`. */
export const DURATIONS: Durations = {
  admittedMs: 10_000,
  queueLeaseMs: 10_000,
  submitLeaseMs: 15_000,
  lifeLeftMinMs: 15_000,
};

/** No call to a provider begins later than this after its claim, so that a takeover never races a live call. */
export const CALL_AFTER_CLAIM_MAX_MS = 5_000;

/** Attempts in one verification: a bound against any loop; 6 steps with 3 sends of 2 attempts are 36. */
export const ATTEMPTS_MAX = 40;

/** Automatic sends in one step: the first, and one more by another provider when a receipt says it failed. */
export const SENDS_PER_STEP_MAX = 2;

/** After this many unknown results in one step the step's deadline decides. */
export const UNKNOWNS_PER_STEP_MAX = 2;
