import type { Breach } from './breach.ts';
import { acceptedOf, type CaseFile } from './case-files.ts';
import type { History } from './history.ts';

/**
 * A message under an id that its person's platform was never told: one start became two verifications, and a code that was
 * received cannot be checked. Excused where the start met faults: a try that was answered 503 may send, rarely.
 */
export function judgeStrangers(history: Pick<History, 'submissions'>, files: ReadonlyMap<string, CaseFile>): Breach[] {
  const owners = new Map([...files.values()].flatMap((file) => (file.otp ? [[file.otp.to, file.otp] as const] : [])));
  const breaches: Breach[] = [];
  for (const file of files.values()) {
    if (file.otp) continue;
    const message = file.submissions.find(({ sent }) => sent);
    const owner = message && owners.get(message.to);
    const start = owner && acceptedOf({ otp: owner });
    if (!message || !start) continue;
    const excused = owner.faults.some(({ at }) => at <= start.at);
    const detail = `a message to person ${owner.n}, who was accepted as ${start.id}`;
    breaches.push({ kind: 'second', id: file.id, detail, excused });
  }
  for (const { seq, provider } of history.submissions.filter(({ sent, attemptId }) => sent && !attemptId)) {
    breaches.push({
      kind: 'second',
      id: `submission ${seq}`,
      detail: `${provider} was told no attempt`,
      excused: false,
    });
  }
  return breaches;
}
