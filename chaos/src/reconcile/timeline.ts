import { openCaseFiles } from './case-files.ts';
import type { History } from './history.ts';

/** Everything that is known of one verification, in the order of time, for a person to read. No code, no address. */
export function renderTimeline(history: History, id: string): string[] {
  const file = openCaseFiles(history).get(id);
  if (!file) return [`nothing is known of ${id}`];
  const lines: { at: number; text: string }[] = [];
  const tell = (at: number, who: string, what: string): void =>
    void lines.push({ at, text: `${who.padEnd(9)} ${what}` });
  const { otp, record } = file;
  if (otp) {
    tell(
      otp.askedAt,
      'platform',
      `asks for an OTP by ${otp.channel}, life ${otp.lifeMs / 1000} s; a person of habit ${otp.habit}`,
    );
    for (const { at, what } of otp.faults) tell(at, 'platform', `a call fails: ${what}`);
    if (otp.start.outcome === 'accepted')
      tell(otp.start.at, 'platform', `202${otp.start.replayed ? ', replayed' : ''}`);
    for (const { at, provider } of otp.messages) tell(at, 'person', `receives a message by ${provider}`);
    for (const { at, status, sent } of otp.resends)
      tell(at, 'person', `asked for another message: ${status}, sent ${sent}`);
    for (const check of otp.checks) {
      const { askedAt, at, right, verdict, state, status } = check;
      tell(askedAt, 'person', `types a ${right ? 'right' : 'wrong'} code`);
      tell(at, 'person', `is told ${verdict} (${status} ${state})${check.replayed ? ', replayed' : ''}`);
    }
  }
  for (const { at, provider, answer, attemptId, sent, arrivedAt } of file.submissions) {
    tell(at, provider, `takes ${attemptId}: ${answer}${sent ? ', sent' : ''}`);
    if (arrivedAt !== undefined) tell(arrivedAt, provider, 'its message has arrived');
  }
  for (const { at, topic, attempt, valid, outcome, receipt, eventId } of file.events) {
    const said = attempt
      ? `${attempt.attemptId} of send ${attempt.send}: ${attempt.state}${attempt.takenOver ? ', taken over' : ''}`
      : (outcome ??
        (receipt && `${receipt.attemptId} ${receipt.raw}: ${receipt.status}`) ??
        (valid === undefined ? '' : `valid ${valid}`));
    tell(at, 'kafka', `${topic} ${said} (${eventId.slice(id.length)})`);
  }
  for (const lossAt of history.lossesAt) tell(lossAt, 'redis', 'LOSES ITS DATA');
  const held = record
    ? `${record.status}, ${record.deadlines} deadlines, life until ${clock(record.expiresAt)}`
    : 'has nothing';
  tell(history.readAt, 'redis', held);
  return lines.toSorted((a, b) => a.at - b.at).map(({ at, text }) => `${clock(at)}  ${text}`);
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
