import { countConverted, type Bucket } from '../quality/bucket.ts';
import { REWARD_WINDOW_MS, shareByAge } from '../quality/conversion-delay.ts';

const HOUR_MS = 3_600_000;

/**
 * How many sends a cell remembers: what is new takes the place of what is old. Many, since the level of a route drifts over hours;
 * an outage need not be outvoted by them, it is recognised as one (`collapseOdds`).
 */
const MEMORY_MAX = 200;
/** Half of what a cell knows is forgotten in so long, and its parent's word takes its place: levels last for a day or so. */
const HALF_LIFE_MS = 16 * HOUR_MS;

/** Of what a cell usually converts, what is left while it is collapsed: between an outage and half. */
export const COLLAPSED_SHARE = 0.35;
/** A cell collapses once in 100 h: the prior, which evidence outweighs within some ten sends. */
const COLLAPSES_PER_HOUR = 0.01;
/**
 * Without news a collapse is believed to be over after 20 min, sooner than outages are: that makes somebody look, and a look or two
 * tells. Tuned on generated traces.
 */
const RETURNS_PER_HOUR = 3;
const RATE_PER_MS = (COLLAPSES_PER_HOUR + RETURNS_PER_HOUR) / HOUR_MS;
/** The share of time that cells are collapsed: what is believed of one that nothing is known of. */
export const COLLAPSED_PRIOR = COLLAPSES_PER_HOUR / (COLLAPSES_PER_HOUR + RETURNS_PER_HOUR);
const PRIOR_ODDS = COLLAPSED_PRIOR / (1 - COLLAPSED_PRIOR);
/** However sure, a change is believed within a few sends. */
const ODDS_MIN = 1e-6;
const ODDS_MAX = 1e6;
/** Before so many sends nothing can be said about what is usual, and so nothing collapses. */
const USUAL_MIN = 10;
/** Sends during a collapse teach so little of what is usual that it outlasts an outage, and enough that what stays becomes usual. */
const COLLAPSED_WEIGHT_MIN = 0.05;
/** A usual rate near 1 would make of a single failure a collapse. */
const USUAL_RATE_MAX = 0.95;

/** What a cell knows of itself. Sends count by their exposure: 1 once their window is over, before by the conversions expected yet. */
export interface CellMemory {
  /** Conversions while not collapsed, of `exposure` sends, at most `MEMORY_MAX`. */
  converted: number;
  exposure: number;
  /** The odds that the cell converts only `COLLAPSED_SHARE` of what is usual. */
  collapseOdds: number;
  atMs: number;
}

export function createMemory(): CellMemory {
  return { converted: 0, exposure: 0, collapseOdds: PRIOR_ODDS, atMs: 0 };
}

/** Adds one bucket, later than those before it; in place, since this runs for every young bucket once a second. */
export function remember(memory: CellMemory, bucket: Bucket, nowMs: number, delays: readonly number[]): void {
  age(memory, bucket.startMs);
  const share = shareByAge(delays, nowMs - bucket.startMs - bucket.widthMs / 2);
  const exposure = bucket.submitted * share;
  const converted = countConverted(bucket);
  weighCollapse(memory, exposure, converted);
  const usual = Math.max(COLLAPSED_WEIGHT_MIN, 1 / (1 + memory.collapseOdds));
  const added = exposure * usual;
  // a first bucket may be more than all that is remembered: then there is nothing to make room from
  if (memory.exposure > 0 && memory.exposure + added > MEMORY_MAX)
    shrink(memory, Math.max(0, MEMORY_MAX - added) / memory.exposure);
  memory.converted += converted * usual;
  memory.exposure += added;
}

/** Whether all there will be of a bucket is known, but for what comes late: its counts can be remembered for good. */
export function isMature(bucket: Bucket, nowMs: number): boolean {
  return bucket.startMs + bucket.widthMs + REWARD_WINDOW_MS <= nowMs;
}

/** Lets time pass without sends: knowledge fades, and a collapse may have ended or begun. */
export function age(memory: CellMemory, toMs: number): void {
  const passedMs = toMs - memory.atMs;
  if (passedMs <= 0) return;
  shrink(memory, 2 ** (-passedMs / HALF_LIFE_MS));
  const probability = memory.collapseOdds / (1 + memory.collapseOdds);
  const aged = COLLAPSED_PRIOR + (probability - COLLAPSED_PRIOR) * Math.exp(-passedMs * RATE_PER_MS);
  memory.collapseOdds = aged / (1 - aged);
  memory.atMs = toMs;
}

/** How much more likely the data have made a collapse than it is by itself: 1 where nothing is known. */
export function collapseFactor({ collapseOdds }: CellMemory): number {
  return collapseOdds / PRIOR_ODDS;
}

/** Bayes: a conversion is rarer in a collapse, a failure more frequent. */
function weighCollapse(memory: CellMemory, exposure: number, converted: number): void {
  if (memory.exposure < USUAL_MIN) return;
  const usual = Math.min(USUAL_RATE_MAX, Math.max(0, memory.converted / memory.exposure));
  const failed = Math.max(0, exposure - converted);
  const likelier = COLLAPSED_SHARE ** converted * ((1 - COLLAPSED_SHARE * usual) / (1 - usual)) ** failed;
  memory.collapseOdds = Math.min(ODDS_MAX, Math.max(ODDS_MIN, memory.collapseOdds * likelier));
}

function shrink(memory: CellMemory, by: number): void {
  memory.converted *= by;
  memory.exposure *= by;
}
