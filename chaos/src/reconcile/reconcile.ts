import { ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC, REQUEST_TOPIC } from '@watchword/contracts';
import type { OtpRecord } from '../load/record.ts';
import type { Breach, Duplicates, Figures, Reconciliation, Report } from './breach.ts';
import { eventsOf, openCaseFiles, type CaseFile } from './case-files.ts';
import { addDuplicates, countDuplicates } from './count-duplicates.ts';
import type { History } from './history.ts';
import { judgeChecks } from './judge-checks.ts';

/** An event that was not in Kafka this long after it happened waited for a Kafka that was away: no other excuse. */
const UNSHIPPED_MS = 2_000;
/** What happened right after a loss was noticed may have been decided before it. */
const LOSS_NOTICED_MS = 1_000;
/** What recovers within the promised time may still be late for a life that ends in it. */
const RECOVERY_MS = 15_000;
/** A call takes 5 s at most: what went out in time may be read by a busy vendor so much later. */
const ON_THE_WIRE_MS = 5_000;
/** A deadline is looked at every quarter of a second; a busy dispatcher needs some rounds. */
const END_GRACE_MS = 5_000;

/** Finds everything that was promised and did not happen, by id. Pure. */
export function reconcile(history: History): Reconciliation {
  const files = openCaseFiles(history);
  const breaches: Breach[] = [];
  let duplicates: Duplicates = { doubtful: 0, recovered: 0, uncounted: 0, perSendMax: 0 };
  for (const file of files.values()) {
    const report: Report = (kind, detail, excused = false) =>
      void breaches.push({ kind, id: file.id, detail, excused });
    const atLoss = (at: number): boolean =>
      history.lossesAt.some((lossAt) => at > lossAt - UNSHIPPED_MS && at < lossAt + LOSS_NOTICED_MS);
    const found = countDuplicates(file, history.lossesAt);
    duplicates = addDuplicates(duplicates, found);
    if (found.uncounted > 0) report('duplicated', `${found.uncounted} messages too many`);
    if (found.perSendMax > 1) report('multiplied', `${found.perSendMax} messages beyond the one of a send`);
    judgeEnd(file, history, report);
    judgeEvents(file, report, atLoss);
    if (file.otp) {
      judgeDelivery(file, history.outages, report);
      judgeChecks(file, file.otp, { report, atLoss, lossesAt: history.lossesAt });
    }
  }
  for (const otp of history.otps) judgeStart(otp, breaches);
  if (duplicates.recovered > history.recoveredSends) {
    const detail = `${duplicates.recovered} after a loss, and ${history.recoveredSends} are counted`;
    breaches.push({ kind: 'duplicated', id: 'all', detail, excused: false });
  }
  return { figures: { ...countFigures(history, files), duplicates }, breaches };
}

function judgeStart({ n, start }: OtpRecord, breaches: Breach[]): void {
  const id = `person ${n}`;
  if (start.outcome === 'refused') {
    breaches.push({ kind: 'refused', id, detail: `${start.status} ${start.code}`, excused: false });
  }
  if (start.outcome === 'gaveUp') {
    breaches.push({ kind: 'gaveUp', id, detail: 'no answer to its start that would stay', excused: false });
  }
}

/** A provider that swallows a message has had it. */
const HAD = (submission: CaseFile['submissions'][number]): boolean =>
  submission.sent || submission.answer === 'black_hole';

function judgeDelivery(file: CaseFile, outages: History['outages'], report: Report): void {
  const { start } = file.otp!;
  if (start.outcome !== 'accepted') return;
  const endsAt = start.expiresAt + ON_THE_WIRE_MS;
  const late = file.submissions.filter((submission) => HAD(submission) && submission.at > endsAt);
  if (late.length > 0) report('sentLate', `${late[0]!.at - start.expiresAt} ms after its end`);
  if (file.submissions.some(HAD)) return;
  const outcome = outcomeOf(file);
  const refused = eventsOf(file, ATTEMPT_TOPIC).some(({ attempt }) => attempt?.state === 'rejected');
  if (refused && outcome === 'undeliverable') return;
  // every provider refused it for all of its life; or what was away was so for longer than the code lived
  const outlived = outages.some(
    ({ from, until }) =>
      start.at < until + RECOVERY_MS && from < start.expiresAt && start.expiresAt < until + RECOVERY_MS,
  );
  const excused = outcome === 'expired' && (refused || outlived);
  const state = outcome ?? file.record?.status ?? 'nowhere';
  report('lost', `it is ${state}, after ${file.submissions.length} submissions`, excused);
}

/** Also for those whose platform was never told: whatever was admitted has to end. */
function judgeEnd(file: CaseFile, { readAt }: History, report: Report): void {
  if (outcomeOf(file) !== undefined) return;
  const { record } = file;
  const accepted = file.otp?.start.outcome === 'accepted' ? file.otp.start : undefined;
  if (record === undefined) {
    // taken back before it was promised, or somebody else's id
    if (accepted) report('stuck', 'there is no outcome, and Redis does not know it');
    return;
  }
  const live = record.status === 'admitted' || record.status === 'pending';
  if (!live) return;
  const overMs = readAt - record.expiresAt;
  if (overMs > END_GRACE_MS) report('stuck', `${record.status} ${overMs} ms after the end of its life`);
  else if (record.deadlines === 0) report('stuck', `${record.status}, and no deadline will call for it`);
  else if (file.otp?.checks.some(({ verdict }) => verdict === 'approved')) report('stuck', 'approved, and still open');
}

function judgeEvents(file: CaseFile, report: Report, atLoss: (at: number) => boolean): void {
  const accepted = file.otp?.start.outcome === 'accepted' ? file.otp.start : undefined;
  if (accepted && eventsOf(file, REQUEST_TOPIC).length === 0) report('missingEvent', 'its request');
  const told = new Set(eventsOf(file, ATTEMPT_TOPIC).map(({ attempt }) => attempt?.attemptId));
  for (const { attemptId, at, seq } of file.submissions) {
    if (!told.has(attemptId)) report('missingEvent', `the attempt of submission ${seq}`, atLoss(at));
  }
  const judged = judgedChecks(file.otp);
  const checks = new Set(eventsOf(file, CHECK_TOPIC).map(({ eventId }) => eventId));
  if (judged.length > checks.size) {
    const excused = judged.filter(({ at }) => atLoss(at)).length >= judged.length - checks.size;
    report('missingEvent', `${judged.length - checks.size} of ${judged.length} checks`, excused);
  }
  const { record } = file;
  const ended = record && ['approved', 'failed', 'expired', 'canceled', 'undeliverable'].includes(record.status);
  const approval = file.otp?.checks.find(({ verdict }) => verdict === 'approved');
  if (outcomeOf(file) !== undefined || (!ended && !approval)) return;
  report('missingEvent', 'its outcome', approval !== undefined && atLoss(approval.at));
}

/** Answers that were a judgement, each once. */
function judgedChecks(otp: OtpRecord | undefined) {
  return (otp?.checks ?? []).filter(({ verdict }) => ['approved', 'wrong', 'failed'].includes(verdict));
}

function outcomeOf(file: CaseFile): string | undefined {
  return eventsOf(file, OUTCOME_TOPIC).at(-1)?.outcome;
}

function countFigures(history: History, files: ReadonlyMap<string, CaseFile>): Omit<Figures, 'duplicates'> {
  const mine = [...files.values()].filter(({ otp }) => otp !== undefined);
  const outcomes: Record<string, number> = {};
  for (const file of mine) {
    const outcome = outcomeOf(file);
    if (outcome !== undefined) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  }
  const isUnknown = ({ attempt }: CaseFile['events'][number]): boolean =>
    attempt !== undefined && (attempt.state === 'unknown' || attempt.takenOver);
  return {
    asked: history.otps.length,
    accepted: mine.length,
    reached: mine.filter(({ submissions }) => submissions.some(({ arrivedAt }) => arrivedAt !== undefined)).length,
    approved: mine.filter(({ otp }) => otp!.checks.some(({ verdict }) => verdict === 'approved')).length,
    unknowns: mine.reduce((sum, { events }) => sum + events.filter(isUnknown).length, 0),
    recoveredSends: history.recoveredSends,
    outcomes,
    open: mine.filter((file) => outcomeOf(file) === undefined).length,
    faults: countFaults(history.otps),
  };
}

function countFaults(otps: readonly OtpRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { what } of otps.flatMap(({ faults }) => faults)) counts[what] = (counts[what] ?? 0) + 1;
  return counts;
}
