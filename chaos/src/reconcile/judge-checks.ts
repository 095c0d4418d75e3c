import { ATTEMPT_TOPIC, OUTCOME_TOPIC } from '@watchword/contracts';
import type { CheckRecord, OtpRecord } from '../load/record.ts';
import type { Report } from './breach.ts';
import { eventsOf, type CaseFile } from './case-files.ts';
import { UNSHIPPED_MS, type Losses } from './losses.ts';

/** A code that comes in at the end of its life may find it over. */
const LAST_MOMENT_MS = 2_000;

/** What the people were told, against what was true. */
export function judgeChecks(
  file: CaseFile,
  otp: OtpRecord,
  { report, losses }: { report: Report; losses: Losses },
): void {
  const { checks, start } = otp;
  if (start.outcome !== 'accepted') return;
  judgeApprovals(file, checks, report, losses.at);
  for (const check of checks) {
    if (check.verdict === 'approved' && !check.right) report('wrongApproved', `the check ${check.key}`);
    if (check.verdict === 'unknown') report('saidUnknown', `the check ${check.key}`);
    if (check.verdict === 'gaveUp') report('gaveUp', `the check ${check.key}`);
    const inLife = check.at < start.expiresAt - LAST_MOMENT_MS;
    if (check.right && inLife && isMisjudged(check)) {
      // its attempt was known to nobody but the Redis that lost it
      const excused = check.messageAt !== undefined && losses.covers(check.messageAt) && !isKnown(file, check);
      report('misjudged', `${check.verdict} ${check.state} (${check.status})`, excused);
    }
  }
  const isApproved = checks.some(({ state }) => state === 'approved');
  const isTold = checks.some(({ verdict }) => verdict === 'approved' || verdict === 'gaveUp');
  if (isApproved && !isTold) report('untold', 'every answer says approved before', checks.some(spansLoss(losses.at)));
}

/** Whether Kafka had the attempt of the typed message when the answer was given. */
function isKnown(file: CaseFile, { messageAt, at }: CheckRecord): boolean {
  const message = file.submissions.find(({ arrivedAt }) => arrivedAt === messageAt);
  const attempts = eventsOf(file, ATTEMPT_TOPIC).filter(({ attempt }) => attempt?.attemptId === message?.attemptId);
  return attempts.some((event) => event.at < at);
}

function isMisjudged({ verdict, state }: CheckRecord): boolean {
  if (verdict === 'ended') return state !== 'approved';
  return verdict === 'wrong' || verdict === 'failed' || verdict === 'locked' || verdict === 'other';
}

/** Its answer was on the way when the loss came. */
const spansLoss =
  (lossesAt: readonly number[]) =>
  ({ askedAt, at }: CheckRecord): boolean =>
    lossesAt.some((lossAt) => askedAt <= lossAt && lossAt <= at);

function judgeApprovals(
  file: CaseFile,
  checks: readonly CheckRecord[],
  report: Report,
  lossesAt: readonly number[],
): void {
  const approvals = checks.filter(({ verdict }) => verdict === 'approved');
  const outcomes = eventsOf(file, OUTCOME_TOPIC).filter(({ outcome }) => outcome === 'approved');
  const shipped = new Set(outcomes.map(({ eventId }) => eventId)).size;
  const times = Math.max(approvals.length, shipped);
  if (times < 2) return;
  const [firstAt, secondAt] = approvals.map(({ at }) => at).toSorted((a, b) => a - b);
  // unshipped at that moment: Kafka had no word of the first approval when Redis lost it
  const excused = lossesAt.some(
    (lossAt) =>
      firstAt !== undefined &&
      firstAt <= lossAt &&
      // what waits for longer waits for nothing that the promises except
      firstAt > lossAt - UNSHIPPED_MS &&
      (secondAt === undefined || secondAt > lossAt) &&
      !outcomes.some(({ at }) => at <= lossAt),
  );
  report('approvedTwice', `${approvals.length} answers, ${shipped} outcomes`, excused);
}
