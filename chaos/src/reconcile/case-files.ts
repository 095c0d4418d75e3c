import { OUTCOME_TOPIC, parseAttemptId } from '@watchword/contracts';
import { idOf, type AcceptedStart, type OtpRecord } from '../load/record.ts';
import type { EventFact, History, RecordFact, SubmissionFact } from './history.ts';

/** All that is known of one verification. */
export interface CaseFile {
  id: string;
  /** Undefined where no platform was ever told this id. */
  otp: OtpRecord | undefined;
  events: EventFact[];
  record: RecordFact | undefined;
  submissions: SubmissionFact[];
}

/** Sorts what the witnesses say by verification. */
export function openCaseFiles(
  history: Pick<History, 'otps' | 'events' | 'records' | 'submissions'>,
): Map<string, CaseFile> {
  const files = new Map<string, CaseFile>();
  const fileOf = (id: string): CaseFile => {
    const known = files.get(id);
    if (known) return known;
    const file: CaseFile = { id, otp: undefined, events: [], record: undefined, submissions: [] };
    files.set(id, file);
    return file;
  };
  for (const otp of history.otps) {
    const id = idOf(otp);
    if (id !== undefined) fileOf(id).otp = otp;
  }
  for (const event of history.events) fileOf(event.id).events.push(event);
  for (const record of history.records) fileOf(record.id).record = record;
  for (const submission of history.submissions) {
    const attempt = submission.attemptId === undefined ? undefined : parseAttemptId(submission.attemptId);
    if (attempt) fileOf(attempt.verificationId).submissions.push(submission);
  }
  return files;
}

export function eventsOf(file: CaseFile, topic: EventFact['topic']): EventFact[] {
  return file.events.filter((event) => event.topic === topic);
}

/** What Kafka says last of its end. */
export function outcomeOf(file: CaseFile): string | undefined {
  return eventsOf(file, OUTCOME_TOPIC).at(-1)?.outcome;
}

export function acceptedOf({ otp }: Pick<CaseFile, 'otp'>): AcceptedStart | undefined {
  return otp?.start.outcome === 'accepted' ? otp.start : undefined;
}
