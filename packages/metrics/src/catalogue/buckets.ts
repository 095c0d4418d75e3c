/** OpenTelemetry's advice for durations of requests, finer at the lower end, where checks are answered. */
export const REQUEST_SECONDS = [
  0.002, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
] as const;

/** Around the 8-12 s that a leader's death costs, down to a local broker's 1 ms. */
export const MESSAGING_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30,
] as const;

/** Around the 5 s that a call to a provider may take. */
export const CALL_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10] as const;

/** From the 10 ms that are aimed at over the 10 s that are promised to the end of a life. */
export const SUBMIT_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] as const;

/** What a person waits for a message, and for the end of the life where it never comes in time. */
export const INBOX_SECONDS = [0.1, 0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120, 300, 600] as const;

/** A person finds the phone, reads, types: seconds to the longest usual life. */
export const VERIFY_SECONDS = [1, 2, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1800, 3600] as const;

/** From a Kafka that delivers at once up to the longest life. */
export const AGE_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600] as const;
