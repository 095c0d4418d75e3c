import type { Pressure } from '@watchword/verification';
import type { LinesSurvey } from './tenant-lines.ts';

/** Below this part of a life nobody needs to know: ingest lets in again at a tenth. */
const SHARE_TOLD_MIN = 0.05;
/** A report stays small: of more tenants than this the rest counts for everyone. */
export const TENANTS_TOLD_MAX = 100;
/**
 * What a newcomer has to expect weighs less than what somebody has waited: half a life ahead is as a fifth behind. It tells
 * sooner that a burst is larger than the channel can carry in time, and it is a guess.
 */
const EXPECTED_WEIGHT = 0.4;

export interface PressureInput {
  survey: LinesSurvey;
  /** The oldest on the queue, where it has waited long. */
  job: { waitedMs: number; lifeMs: number } | undefined;
  /** What may be let in here, a second; 0: not known. */
  perSecond: number;
}

/** How hard it is on a channel to be served in time, for whom. Parts of a life. */
export function measurePressure({ survey, job, perSecond }: PressureInput): Pressure {
  const { tenants } = survey;
  const all = [...tenants.values()].reduce((sum, { waiting }) => sum + waiting, 0);
  const shares = [...tenants].map(([tenant, { waiting, share, lifeMs }]): [string, number] => {
    if (share < SHARE_TOLD_MIN || perSecond <= 0) return [tenant, share];
    // whoever comes last waits for all of its own, and for as many of each other tenant
    const expectedMs = (Math.min(all, waiting * tenants.size) / perSecond) * 1000;
    return [tenant, Math.max(share, (EXPECTED_WEIGHT * expectedMs) / lifeMs)];
  });
  const told = shares.filter(([, share]) => share >= SHARE_TOLD_MIN).sort(([, one], [, other]) => other - one);
  const rest = told[TENANTS_TOLD_MAX]?.[1] ?? 0;
  return {
    everyone: Math.max(rest, job ? job.waitedMs / Math.max(1, job.lifeMs) : 0),
    tenants: Object.fromEntries(told.slice(0, TENANTS_TOLD_MAX)),
  };
}
