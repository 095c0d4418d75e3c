import { ATTEMPT_TOPIC, CHECK_TOPIC, OUTCOME_TOPIC, RECEIPT_TOPIC, REQUEST_TOPIC } from '@watchword/contracts';
import type { OtpRecord } from '../load/record.ts';
import type { Report } from './breach.ts';
import { acceptedOf, eventsOf, outcomeOf, type CaseFile } from './case-files.ts';
import type { Losses } from './losses.ts';

const ENDED = ['approved', 'failed', 'expired', 'canceled', 'undeliverable'];

/** Kafka has an event of everything that happened. */
export function judgeEvents(file: CaseFile, { report, losses }: { report: Report; losses: Losses }): void {
  if (acceptedOf(file) && eventsOf(file, REQUEST_TOPIC).length === 0) report('missingEvent', 'its request');
  const told = new Set(eventsOf(file, ATTEMPT_TOPIC).map(({ attempt }) => attempt?.attemptId));
  for (const { attemptId, at, seq } of file.submissions) {
    if (!told.has(attemptId)) report('missingEvent', `the attempt of submission ${seq}`, losses.covers(at));
  }
  judgeReceiptEvents(file, { report, losses });
  const judged = judgedChecks(file.otp);
  const checks = new Set(eventsOf(file, CHECK_TOPIC).map(({ eventId }) => eventId));
  if (judged.length > checks.size) {
    const excused = judged.filter(({ at }) => losses.covers(at)).length >= judged.length - checks.size;
    report('missingEvent', `${judged.length - checks.size} of ${judged.length} checks`, excused);
  }
  judgeOutcomeEvents(file, { report, losses });
}

/** A provider that was answered 200 forgets its receipt: from then on Kafka alone has it. */
function judgeReceiptEvents(file: CaseFile, { report, losses }: { report: Report; losses: Losses }): void {
  const receipts = eventsOf(file, RECEIPT_TOPIC).flatMap(({ receipt }) => (receipt ? [receipt] : []));
  for (const { attemptId, provider, receiptsTaken, seq, at } of file.submissions) {
    const isTold = (raw: string): boolean =>
      receipts.some((receipt) => receipt.attemptId === attemptId && receipt.raw === raw);
    const missing = receiptsTaken.filter((raw) => !isTold(raw));
    if (missing.length === 0) continue;
    // after a loss its number may be another provider's, and then its receipt is nobody's word
    const isTwice = file.submissions.some((other) => other.attemptId === attemptId && other.provider !== provider);
    const excused = isTwice && losses.at.some((lossAt) => at <= lossAt);
    report('missingEvent', `the receipts ${missing.join(', ')} of submission ${seq}`, excused);
  }
}

function judgeOutcomeEvents(file: CaseFile, { report, losses }: { report: Report; losses: Losses }): void {
  const { record } = file;
  const approval = file.otp?.checks.find(({ verdict }) => verdict === 'approved');
  const excused = approval !== undefined && losses.covers(approval.at);
  const outcomes = eventsOf(file, OUTCOME_TOPIC);
  if (outcomeOf(file) === undefined) {
    if (approval || (record && ENDED.includes(record.status))) report('missingEvent', 'its outcome', excused);
  } else if (approval && !outcomes.some(({ outcome }) => outcome === 'approved')) {
    report('missingEvent', `its approval: Kafka has it as ${outcomeOf(file)}`, excused);
  }
}

/** Answers that were a judgement, each once. */
function judgedChecks(otp: OtpRecord | undefined) {
  return (otp?.checks ?? []).filter(({ verdict }) => ['approved', 'wrong', 'failed'].includes(verdict));
}
