import { ATTEMPT_TOPIC } from '@watchword/contracts';
import type { AcceptedStart, OtpRecord } from '../load/record.ts';
import type { Report } from './breach.ts';
import { eventsOf, outcomeOf, type CaseFile } from './case-files.ts';
import type { History, SubmissionFact } from './history.ts';

/** What recovers within the promised time may still be late for a life that ends in it. */
const RECOVERY_MS = 15_000;
/** What was accepted this long before an engine went away had its time. */
const BEFORE_OUTAGE_MS = 5_000;
/** A call takes 5 s at most: what went out in time may be read by a busy vendor so much later. */
const ON_THE_WIRE_MS = 5_000;
/** The simulator's networks here take a fifth of a second: what is not there by then does not come. */
const IN_THE_NETWORK_MS = 15_000;

/** Every accepted one reaches its person, or it is told here why not. */
export function judgeDelivery(
  file: CaseFile,
  start: AcceptedStart,
  { history, report }: { history: Pick<History, 'outages' | 'providers' | 'readAt'>; report: Report },
): void {
  const otp = file.otp!;
  const swallowed = file.submissions.filter(({ answer }) => answer === 'black_hole');
  const had = [...file.submissions.filter(({ sent }) => sent), ...swallowed];
  const late = had.find(({ at }) => at > start.expiresAt + ON_THE_WIRE_MS);
  if (late) report('sentLate', `${late.at - start.expiresAt} ms after its end`);
  if (file.submissions.some(({ arrivedAt }) => arrivedAt !== undefined)) return;
  const state = `it is ${outcomeOf(file) ?? file.record?.status ?? 'nowhere'}`;
  const sent = file.submissions.filter((submission) => submission.sent);
  if (sent.length > 0) {
    const isOnItsWay = history.readAt - sent.at(-1)!.at < IN_THE_NETWORK_MS;
    if (!isOnItsWay) report('unreached', `${state}, and its message never arrived`);
    return;
  }
  if (swallowed.length > 0 && !hasAnotherStep(otp, start, swallowed)) {
    report('unreached', `${state}; a provider swallowed it`, true);
    return;
  }
  const isOver = ['undeliverable', 'expired'].includes(outcomeOf(file) ?? '');
  const excused = isOver && (isRefusedByAll(file, history.providers[otp.channel]) || isOutlived(start, history));
  report('lost', `${state}, after ${file.submissions.length} submissions`, excused);
}

/** A second step was ordered, was not swallowed as well, and had the time to send. */
function hasAnotherStep(otp: OtpRecord, start: AcceptedStart, swallowed: readonly SubmissionFact[]): boolean {
  const { secondStepAfterMs } = otp;
  if (secondStepAfterMs === undefined) return false;
  const [first, ...others] = swallowed.map(({ at }) => at).toSorted((a, b) => a - b);
  if (others.some((at) => at >= start.at + secondStepAfterMs)) return false;
  return first! + secondStepAfterMs + RECOVERY_MS < start.expiresAt;
}

/** Each provider of the channel was asked, and definitely refused. */
function isRefusedByAll(file: CaseFile, providers: readonly string[] | undefined): boolean {
  const attempts = eventsOf(file, ATTEMPT_TOPIC).flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const rejected = new Set(attempts.filter(({ state }) => state === 'rejected').map(({ attemptId }) => attemptId));
  const refusing = file.submissions.filter(({ attemptId }) => attemptId !== undefined && rejected.has(attemptId));
  const refused = new Set(refusing.map(({ provider }) => provider));
  return providers !== undefined && providers.length > 0 && providers.every((provider) => refused.has(provider));
}

/** An engine was away from right after its start, until its life was over or as good as over. */
function isOutlived(start: AcceptedStart, { outages }: Pick<History, 'outages'>): boolean {
  return outages.some(
    ({ from, until }) =>
      start.at > from - BEFORE_OUTAGE_MS && from < start.expiresAt && start.expiresAt < until + RECOVERY_MS,
  );
}
