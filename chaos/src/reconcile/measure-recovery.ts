import { percentile } from '@watchword/stage';
import type { OtpRecord } from '../load/record.ts';

/** Slower than this is late, even where the quiet before the harm was quicker. */
const NORMAL_LEAST_MS = 3_000;
/** Late is what takes so many times the slowest hundredth of the quiet. */
const NORMAL_FACTOR = 2;

export interface Harm {
  /** When the first thing was hurt. */
  from: number;
  /** When the last of them was back: the engine serves, the process is ready. */
  until: number;
}

export interface Recovery {
  /**
   * From the moment at which everything is back to the one from which every OTP goes through in normal time: the last one
   * that came late has arrived, the last call that failed was made.
   */
  seconds: number;
  /** What normal is: from the acceptance to the phone. */
  normalMs: number;
  /** How many came later than that. */
  late: number;
  /** The latest: from its acceptance. */
  slowestMs: number;
}

/** Pure: from what the people saw. */
export function measureRecovery(otps: readonly OtpRecord[], harm: Harm): Recovery {
  const journeys = otps.flatMap(({ start, messages: [first] }) =>
    start.outcome === 'accepted' && first ? [{ at: start.at, arrivedAt: first.at, tookMs: first.at - start.at }] : [],
  );
  const quiet = journeys.filter(({ arrivedAt }) => arrivedAt < harm.from).map(({ tookMs }) => tookMs);
  const normalMs = Math.max(NORMAL_LEAST_MS, NORMAL_FACTOR * percentile(quiet, 0.99));
  const late = journeys.filter(({ tookMs }) => tookMs > normalMs);
  const faults = otps.flatMap((otp) => otp.faults.map(({ at }) => at)).filter((at) => at > harm.from);
  const lastAt = Math.max(harm.until, ...late.map(({ arrivedAt }) => arrivedAt), ...faults);
  return {
    seconds: (lastAt - harm.until) / 1000,
    normalMs,
    late: late.length,
    slowestMs: Math.max(0, ...journeys.map(({ tookMs }) => tookMs)),
  };
}
