import { ATTEMPT_TOPIC } from '@watchword/contracts';
import type { Duplicates } from './breach.ts';
import { eventsOf, type CaseFile } from './case-files.ts';
import type { EventFact, SubmissionFact } from './history.ts';

/** A submission whose attempt no event names, of somebody who asked for more than one message: its send is not known. */
const NO_SEND = 0;
const FIRST_SEND = 1;

/** Messages beyond one for each send, by what explains them: see `Duplicates`. */
export function countDuplicates(file: CaseFile, lossesAt: readonly number[]): Duplicates {
  const events = eventsOf(file, ATTEMPT_TOPIC);
  const sendOf = new Map(events.flatMap(({ attempt }) => (attempt ? [[attempt.attemptId, attempt.send]] : [])));
  const unnamed = (file.otp?.resends.length ?? 0) === 0 ? FIRST_SEND : NO_SEND;
  const sent = file.submissions.filter((submission) => submission.sent).toSorted((a, b) => a.seq - b.seq);
  const total = { doubtful: 0, recovered: 0, uncounted: 0, perSendMax: 0 };
  for (const [send, submissions] of Map.groupBy(sent, ({ attemptId }) => sendOf.get(attemptId ?? '') ?? unnamed)) {
    const extra = submissions.length - 1;
    const ofSend = events.filter(({ attempt }) => attempt?.send === send);
    const doubtful = Math.min(extra, countDoubts(submissions, ofSend));
    const unknownAt = lossesAt.filter((lossAt) => liesAcross(lossAt, submissions, ofSend));
    const recovered = Math.min(extra - doubtful, unknownAt.length);
    total.doubtful += doubtful;
    total.recovered += recovered;
    total.uncounted += extra - doubtful - recovered;
    total.perSendMax = Math.max(total.perSendMax, extra);
  }
  return total;
}

/**
 * Attempts that went out, were in doubt, and were followed by another one. A doubt that never left the house explains no
 * second message, and neither does one that came after it.
 */
function countDoubts(sent: readonly SubmissionFact[], events: readonly EventFact[]): number {
  const tried = [...new Set(sent.map(({ attemptId }) => attemptId))].toSorted((a, b) => numberOf(a) - numberOf(b));
  const isDoubt = (id: string | undefined): boolean =>
    events.some(
      ({ attempt }) => attempt?.attemptId === id && (attempt?.state === 'unknown' || attempt?.takenOver === true),
    );
  return tried.slice(0, -1).filter(isDoubt).length;
}

/** Attempts are counted as they are made; a provider that is slow may have them in another order. */
function numberOf(attemptId: string | undefined): number {
  return Number(attemptId?.slice(attemptId.lastIndexOf('.') + 1) ?? 0);
}

/** One went out before the loss, Kafka had no word of it and of no other of its send that was accepted, and one after. */
function liesAcross(lossAt: number, sent: readonly SubmissionFact[], events: readonly EventFact[]): boolean {
  const known = events.filter(({ at }) => at <= lossAt);
  if (known.some(({ attempt }) => attempt?.state === 'accepted')) return false;
  const isKnown = (id: string | undefined): boolean => known.some(({ attempt }) => attempt?.attemptId === id);
  return sent.some(({ at, attemptId }) => at <= lossAt && !isKnown(attemptId)) && sent.some(({ at }) => at > lossAt);
}

export function addDuplicates(a: Duplicates, b: Duplicates): Duplicates {
  return {
    doubtful: a.doubtful + b.doubtful,
    recovered: a.recovered + b.recovered,
    uncounted: a.uncounted + b.uncounted,
    perSendMax: Math.max(a.perSendMax, b.perSendMax),
  };
}
