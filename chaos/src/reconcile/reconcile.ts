import type { OtpRecord } from '../load/record.ts';
import type { Breach, Duplicates, Figures, Reconciliation, Report } from './breach.ts';
import { acceptedOf, openCaseFiles, outcomeOf, type CaseFile } from './case-files.ts';
import { addDuplicates, countDuplicates } from './count-duplicates.ts';
import type { History } from './history.ts';
import { judgeChecks } from './judge-checks.ts';
import { judgeDelivery } from './judge-delivery.ts';
import { judgeEnd } from './judge-end.ts';
import { judgeEvents } from './judge-events.ts';
import { judgeStrangers } from './judge-strangers.ts';
import { createLosses } from './losses.ts';

/** Finds everything that was promised and did not happen, by id. Pure. */
export function reconcile(history: History): Reconciliation {
  const { readAt, lossesAt } = history;
  const files = openCaseFiles(history);
  const losses = createLosses(lossesAt);
  const breaches: Breach[] = judgeStrangers(history, files);
  let duplicates: Duplicates = { doubtful: 0, recovered: 0, uncounted: 0, perSendMax: 0 };
  for (const file of files.values()) {
    const report: Report = (kind, detail, excused = false) =>
      void breaches.push({ kind, id: file.id, detail, excused });
    const found = countDuplicates(file, lossesAt);
    duplicates = addDuplicates(duplicates, found);
    if (found.uncounted > 0) report('duplicated', `${found.uncounted} messages too many`);
    if (found.perSendMax > 1) report('multiplied', `${found.perSendMax} messages beyond the one of a send`);
    judgeEnd(file, { readAt, report, losses });
    judgeEvents(file, { report, losses });
    const start = acceptedOf(file);
    if (!file.otp || !start) continue;
    judgeDelivery(file, start, { history, report });
    judgeChecks(file, file.otp, { report, losses });
  }
  for (const otp of history.otps) judgeStart(otp, breaches);
  if (duplicates.recovered > history.recoveredSends) {
    const detail = `${duplicates.recovered} after a loss, and ${history.recoveredSends} are counted`;
    breaches.push({ kind: 'duplicated', id: 'all', detail, excused: false });
  }
  for (const { topic, offset, reason } of history.deadLetters) {
    breaches.push({ kind: 'deadLetter', id: `${topic}/${offset}`, detail: reason, excused: false });
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
