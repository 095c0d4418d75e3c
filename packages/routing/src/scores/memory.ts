import { REWARD_WINDOW_MS } from '../quality/conversion-delay.ts';

/**
 * What is remembered of a cell: successes and trials, of which old ones count less and less and never more than `CAP` in all, and how
 * likely it is that something is broken right now. Numbers of trials are effective ones, not counts.
 */
export interface Memory {
  converted: number;
  trials: number;
  /** Odds that an incident is on: chances for, to one against. */
  incidentOdds: number;
  /** Up to when: ms. */
  atMs: number;
}

/**
 * So many sends are remembered at most. Providers drift over hours: more would tell of yesterday, less could not tell two apart that are
 * five points from each other.
 */
const CAP = 200;
/** What is not renewed is worth half after this, and the cell drifts to its parents'. */
const HALF_LIFE_MS = 8 * 3_600_000;

/** Incidents are a hidden state that begins and ends at random: a few a week for each cell. Rough on purpose: evidence weighs far more. */
const INCIDENTS_BEGIN_PER_MS = 0.02 / 3_600_000;
/** Each for an hour or two. */
const INCIDENTS_END_PER_MS = 0.6 / 3_600_000;
/** What an incident leaves of the usual conversions. */
export const INCIDENT_LEFT = 0.35;
const INCIDENT_PRIOR = INCIDENTS_BEGIN_PER_MS / (INCIDENTS_BEGIN_PER_MS + INCIDENTS_END_PER_MS);
export const INCIDENT_PRIOR_ODDS = INCIDENT_PRIOR / (1 - INCIDENT_PRIOR);
/** However long all was well, a dozen failures in a row must be enough to turn the odds. */
const ODDS_MIN = 1e-4;
const ODDS_MAX = 1e6;

/** What a code converts at where nothing is known, and how many sends that is worth in judging an incident. */
export const PRIOR_CONVERSION = 0.7;
const PRIOR_SENDS = 10;
/** A cell that always converts still has an unlucky send now and then. */
const CONVERSION_MAX = 0.95;

export const NOTHING: Memory = { converted: 0, trials: 0, incidentOdds: INCIDENT_PRIOR_ODDS, atMs: 0 };

/** The same memory at a later time. */
export function aged(memory: Memory, nowMs: number): Memory {
  const passedMs = nowMs - memory.atMs;
  if (passedMs <= 0) return memory;
  const left = 0.5 ** (passedMs / HALF_LIFE_MS);
  const certainty = memory.incidentOdds / (1 + memory.incidentOdds);
  const drift = Math.exp(-(INCIDENTS_BEGIN_PER_MS + INCIDENTS_END_PER_MS) * passedMs);
  const probability = INCIDENT_PRIOR + (certainty - INCIDENT_PRIOR) * drift;
  return {
    converted: memory.converted * left,
    trials: memory.trials * left,
    incidentOdds: probability / (1 - probability),
    atMs: nowMs,
  };
}

/**
 * Takes in what became of some sends.
 *
 * @param trials how many of them have shown what they are worth: all, once `REWARD_WINDOW_MS` is over; before that the share of
 *   conversions that is expected by their age
 * @param converted how many of them have converted
 */
export function observed(memory: Memory, trials: number, converted: number, atMs: number): Memory {
  const before = aged(memory, atMs);
  const usual = (PRIOR_SENDS * PRIOR_CONVERSION + before.converted) / (PRIOR_SENDS + before.trials);
  const conversion = Math.min(CONVERSION_MAX, usual);
  const failed = Math.max(0, trials - converted);
  const evidence = INCIDENT_LEFT ** converted * ((1 - conversion * INCIDENT_LEFT) / (1 - conversion)) ** failed;
  const incidentOdds = Math.min(ODDS_MAX, Math.max(ODDS_MIN, before.incidentOdds * evidence));
  // what happens in an incident says little of the time after it
  const weight = 1 / (1 + incidentOdds);
  const [newTrials, newConverted] = [trials * weight, converted * weight];
  const kept = before.trials + newTrials > CAP ? Math.max(0, (CAP - newTrials) / before.trials) : 1;
  return {
    converted: before.converted * kept + newConverted,
    trials: before.trials * kept + newTrials,
    incidentOdds,
    atMs: before.atMs,
  };
}

/** A bucket is final once its last send's window is over. */
export function isFinal({ startMs, widthMs }: { startMs: number; widthMs: number }, nowMs: number): boolean {
  return startMs + widthMs + REWARD_WINDOW_MS <= nowMs;
}
