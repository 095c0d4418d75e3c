import { ATTEMPT_TOPIC } from '@watchword/contracts';
import { eventsOf, type CaseFile } from './case-files.ts';

/** A submission whose attempt no event names: its send is not known. */
const NO_SEND = 0;

/**
 * Messages beyond one for each send. One is counted where an event says that it was possible: an attempt whose result is
 * unknown or was taken over, or a record that was made anew after a loss, once for each loss.
 */
export function countDuplicates(
  file: CaseFile,
  losses: number,
): { counted: number; uncounted: number; perSendMax: number } {
  const attempts = eventsOf(file, ATTEMPT_TOPIC).flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const sendOf = new Map(attempts.map(({ attemptId, send }) => [attemptId, send]));
  const sent = file.submissions.filter((submission) => submission.sent);
  const bySend = Map.groupBy(sent, ({ attemptId }) => sendOf.get(attemptId ?? '') ?? NO_SEND);
  const total = { counted: 0, uncounted: 0, perSendMax: 0 };
  for (const [send, submissions] of bySend) {
    const extra = submissions.length - 1;
    const doubtful = attempts.filter(
      (attempt) => attempt.send === send && (attempt.state === 'unknown' || attempt.takenOver),
    );
    const possible = new Set(doubtful.map(({ attemptId }) => attemptId)).size + (file.record?.recovered ? losses : 0);
    total.counted += Math.min(extra, possible);
    total.uncounted += Math.max(0, extra - possible);
    total.perSendMax = Math.max(total.perSendMax, extra);
  }
  return total;
}
