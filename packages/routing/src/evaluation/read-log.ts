import type { AttemptEvent, OutcomeEvent } from '@watchword/contracts';
import { REWARD_WINDOW_MS } from '../quality/conversion-delay.ts';
import type { LoggedChoice } from './estimate-policy.ts';

/** Policies that can be judged by what stored decisions hold. */
export const LOGGED_POLICIES = ['watchword', 'cheapest', 'round-robin'] as const;
export type LoggedPolicy = (typeof LOGGED_POLICIES)[number];

type Decision = NonNullable<AttemptEvent['decision']>;
type Candidate = Decision['candidates'][number];

/**
 * The choices of a log that can be judged: accepted or unknown attempts whose propensity is known, of verifications that were
 * not canceled. A conversion counts for the attempt whose code was typed, within the reward window.
 *
 * @param policy watchword: the best score of that moment, without exploration; cheapest: the lowest price; round-robin: each alike
 */
export function readLog(
  attempts: readonly AttemptEvent[],
  outcomes: readonly OutcomeEvent[],
  policy: LoggedPolicy,
): LoggedChoice[] {
  const canceled = new Set(
    outcomes.filter(({ outcome }) => outcome === 'canceled').map((outcome) => outcome.verification_id),
  );
  const converted = new Set(outcomes.filter(isConversion).map((outcome) => outcome.attempt_id));
  // an attempt may be told twice: the last word counts
  const byId = new Map(attempts.map((attempt) => [attempt.attempt_id, attempt]));
  return [...byId.values()].flatMap((attempt) => {
    const { decision, state, provider } = attempt;
    if (!decision?.propensity || state === 'rejected' || canceled.has(attempt.verification_id)) return [];
    const wanted = wantedShare(decision, provider, policy);
    return [{ propensity: decision.propensity, wanted, converted: converted.has(attempt.attempt_id) }];
  });
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
