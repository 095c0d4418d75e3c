import type { AttemptEvent, OutcomeEvent } from '@watchword/contracts';
import { REWARD_WINDOW_MS } from '../quality/conversion-delay.ts';
import type { LoggedChoice } from './estimate-policy.ts';

/** Policies that can be judged by what stored decisions hold. */
export const LOGGED_POLICIES = ['watchword', 'cheapest', 'round-robin'] as const;
export type LoggedPolicy = (typeof LOGGED_POLICIES)[number];

type Decision = NonNullable<AttemptEvent['decision']>;
type Candidate = Decision['candidates'][number];

/** Attempts of which nothing can be learned. */
export interface SkippedAttempts {
  /** The provider refused: nobody could type a code. */
  rejected: number;
  /** No decision, or without its propensity: taken over, or by a version that did not store it. */
  noPropensity: number;
  /** The verification was withdrawn: nobody waited for the code. */
  canceled: number;
  /** So near to the end of the log that the reward window was still open: what is not typed by then may be yet. */
  undecided: number;
}

/** Takes exported events in any order and keeps of each what a judgement needs. */
export interface ChoiceLog {
  addAttempt(event: AttemptEvent): void;
  addOutcome(event: OutcomeEvent): void;
  /** A conversion counts for the attempt whose code was typed, within the reward window. */
  read(): { choices: LoggedChoice[]; skipped: SkippedAttempts };
}

interface LoggedAttempt {
  version: number;
  verification: string;
  claimedAt: number;
  rejected: boolean;
  propensity: number | undefined;
  wanted: number;
}

/** @param policy watchword: the best score of that moment, without exploration; cheapest: the lowest price; round-robin: each alike */
export function createChoiceLog(policy: LoggedPolicy): ChoiceLog {
  const attempts = new Map<string, LoggedAttempt>();
  const converted = new Set<string>();
  const canceled = new Set<string>();
  let lastAttemptAt = -Infinity;
  let lastOutcomeAt = -Infinity;

  function whySkipped(attempt: LoggedAttempt, decidedUntil: number): keyof SkippedAttempts | undefined {
    if (attempt.rejected) return 'rejected';
    if (!attempt.propensity) return 'noPropensity';
    if (canceled.has(attempt.verification)) return 'canceled';
    return attempt.claimedAt > decidedUntil ? 'undecided' : undefined;
  }

  return {
    addAttempt(event) {
      const { verification_id: verification, attempt_id: id, version, provider, decision, state } = event;
      lastAttemptAt = Math.max(lastAttemptAt, event.settled_at);
      // an attempt may be told twice: the last word counts, wherever it stands
      if ((attempts.get(id)?.version ?? version) > version) return;
      attempts.set(id, {
        version,
        verification,
        claimedAt: event.claimed_at,
        rejected: state === 'rejected',
        propensity: decision?.propensity,
        wanted: decision ? wantedShare(decision, provider, policy) : 0,
      });
    },
    addOutcome(event) {
      lastOutcomeAt = Math.max(lastOutcomeAt, event.ended_at);
      if (event.outcome === 'canceled') canceled.add(event.verification_id);
      if (isConversion(event) && event.attempt_id !== undefined) converted.add(event.attempt_id);
    },
    read() {
      // what became of an attempt is known as far as both tell; a typed one does not count earlier than others of its age
      const decidedUntil = Math.min(lastAttemptAt, lastOutcomeAt) - REWARD_WINDOW_MS;
      const choices: LoggedChoice[] = [];
      const skipped: SkippedAttempts = { rejected: 0, noPropensity: 0, canceled: 0, undecided: 0 };
      for (const [id, attempt] of attempts) {
        const why = whySkipped(attempt, decidedUntil);
        if (why) skipped[why]++;
        else choices.push({ propensity: attempt.propensity!, wanted: attempt.wanted, converted: converted.has(id) });
      }
      return { choices, skipped };
    },
  };
}

function isConversion({ outcome, submitted_at: submittedAt, ended_at: endedAt }: OutcomeEvent): boolean {
  return outcome === 'approved' && submittedAt !== undefined && endedAt - submittedAt <= REWARD_WINDOW_MS;
}

function wantedShare({ candidates }: Decision, provider: string, policy: LoggedPolicy): number {
  const eligible = candidates.filter((candidate) => candidate.eligible);
  const wanted = policy === 'round-robin' ? eligible : bestOf(eligible, policy);
  return wanted.some((candidate) => candidate.provider === provider) ? 1 / wanted.length : 0;
}

/** Candidates are in the order of preference: the first of equals. */
function bestOf(eligible: readonly Candidate[], policy: 'watchword' | 'cheapest'): Candidate[] {
  const worth = ({ score, price }: Candidate): number => (policy === 'watchword' ? (score ?? 0) : -(price ?? Infinity));
  const highest = Math.max(...eligible.map(worth));
  return eligible.filter((candidate) => worth(candidate) === highest).slice(0, 1);
}
