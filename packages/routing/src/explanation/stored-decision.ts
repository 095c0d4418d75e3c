import type { AttemptEvent } from '@watchword/contracts';

/** A decision as an attempt's event keeps it: rules and reasons of other versions may be among them. */
export type StoredDecision = NonNullable<AttemptEvent['decision']>;
export type StoredCandidate = StoredDecision['candidates'][number];
