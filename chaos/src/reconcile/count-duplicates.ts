import { ATTEMPT_TOPIC } from '@watchword/contracts';
import type { Duplicates } from './breach.ts';
import { eventsOf, type CaseFile } from './case-files.ts';

/** A submission whose attempt no event names: its send is not known. */
const NO_SEND = 0;

/**
 * Messages beyond one for each send. One is explained where an event says that it was possible, and one where Redis lost
 * its data between the two: such sends the product counts, though not by id.
 */
export function countDuplicates(file: CaseFile, lossesAt: readonly number[]): Duplicates {
  const attempts = eventsOf(file, ATTEMPT_TOPIC).flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const sendOf = new Map(attempts.map(({ attemptId, send }) => [attemptId, send]));
  const sent = file.submissions.filter((submission) => submission.sent);
  const bySend = Map.groupBy(sent, ({ attemptId }) => sendOf.get(attemptId ?? '') ?? NO_SEND);
  const total = { doubtful: 0, recovered: 0, uncounted: 0, perSendMax: 0 };
  for (const [send, submissions] of bySend) {
    const extra = submissions.length - 1;
    const inDoubt = attempts.filter(
      (attempt) => attempt.send === send && (attempt.state === 'unknown' || attempt.takenOver),
    );
    const doubtful = Math.min(extra, new Set(inDoubt.map(({ attemptId }) => attemptId)).size);
    const times = submissions.map(({ at }) => at);
    const across = lossesAt.filter((lossAt) => Math.min(...times) <= lossAt && lossAt < Math.max(...times)).length;
    const recovered = Math.min(extra - doubtful, across);
    total.doubtful += doubtful;
    total.recovered += recovered;
    total.uncounted += extra - doubtful - recovered;
    total.perSendMax = Math.max(total.perSendMax, extra);
  }
  return total;
}

export function addDuplicates(a: Duplicates, b: Duplicates): Duplicates {
  return {
    doubtful: a.doubtful + b.doubtful,
    recovered: a.recovered + b.recovered,
    uncounted: a.uncounted + b.uncounted,
    perSendMax: Math.max(a.perSendMax, b.perSendMax),
  };
}
