import { OUTCOME_TOPIC } from '@watchword/contracts';
import type { Report } from './breach.ts';
import { acceptedOf, eventsOf, outcomeOf, type CaseFile } from './case-files.ts';
import type { Losses } from './losses.ts';

/** A deadline is looked at every quarter of a second; a busy dispatcher needs some rounds. */
const END_GRACE_MS = 5_000;
/** Kafka's and this process' times, and the time between an outcome and its event. */
const SAME_MOMENT_MS = 1_000;

/** Whatever was admitted ends, once; also what no platform was ever told of. */
export function judgeEnd(
  file: CaseFile,
  { readAt, report, losses }: { readAt: number; report: Report; losses: Losses },
): void {
  const { record } = file;
  const live = record?.status === 'admitted' || record?.status === 'pending';
  if (outcomeOf(file) !== undefined) {
    judgeResurrection(file, live ? readAt : undefined, { report, losses });
    return;
  }
  if (record === undefined) {
    // taken back before it was promised, or somebody else's id
    if (acceptedOf(file)) report('stuck', 'there is no outcome, and Redis does not know it');
    return;
  }
  if (!live) return;
  const overMs = readAt - record.expiresAt;
  if (overMs > END_GRACE_MS) report('stuck', `${record.status} ${overMs} ms after the end of its life`);
  else if (record.deadlines === 0) report('stuck', `${record.status}, and no deadline will call for it`);
  else if (file.otp?.checks.some(({ verdict }) => verdict === 'approved')) report('stuck', 'approved, and still open');
}

/** What Kafka says has ended must not live, nor end again: a used code would be good once more. */
function judgeResurrection(
  file: CaseFile,
  liveAt: number | undefined,
  { report, losses }: { report: Report; losses: Losses },
): void {
  const outcomes = eventsOf(file, OUTCOME_TOPIC);
  const firstAt = Math.min(...outcomes.map(({ at }) => at));
  const ends = new Set(outcomes.map(({ eventId }) => eventId)).size;
  if (ends > 1) report('resurrected', `it ended ${ends} times`, losses.missed(firstAt));
  if (liveAt === undefined || liveAt - firstAt < SAME_MOMENT_MS) return;
  report('resurrected', `${file.record!.status} ${liveAt - firstAt} ms after its outcome`, losses.missed(firstAt));
}
