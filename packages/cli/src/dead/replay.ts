import type { Terminal } from '../terminal.ts';
import type { DeadLetters } from './dead-letters.ts';
import { refusePlace } from './list.ts';
import { parseRef, type DeadLetter } from './letter.ts';

/** @returns the exit code: 0 when all that was asked for was put back */
export async function replayDead(
  letters: Pick<DeadLetters, 'places' | 'survey' | 'replay'>,
  { refs, all, topic }: { refs: readonly string[]; all: boolean; topic?: string },
  terminal: Terminal,
): Promise<number> {
  const malformed = refs.filter((ref) => parseRef(ref).outcome === 'malformed');
  for (const ref of malformed) terminal.err(`${ref} is no ref: copy it from \`watchword dead list\`.`);
  if (malformed.length > 0) return 2;

  if (topic !== undefined && !letters.places.includes(topic)) return refusePlace(letters, topic, terminal);

  const listed = all ? await letters.survey(topic) : await surveyOf(letters, refs);
  const wanted = all ? listed : listed.filter(({ ref }) => refs.includes(ref));
  const known = new Set(wanted.map(({ ref }) => ref));
  const missing = refs.filter((ref) => !known.has(ref));
  for (const ref of missing) terminal.err(`${ref} is not there, or was replayed before.`);
  const stuck = wanted.filter(({ obstacle }) => obstacle !== undefined);
  for (const { ref, obstacle } of stuck) terminal.err(`${ref} cannot be replayed: ${obstacle}.`);

  const replayed = new Set<string>();
  const possible = wanted.filter(({ obstacle }) => obstacle === undefined);
  const byRef = new Map(possible.map((letter) => [letter.ref, letter]));
  try {
    await letters.replay(possible, (ref) => {
      replayed.add(ref);
      terminal.out(`${ref} → ${targetOf(byRef.get(ref)!)}`);
    });
  } finally {
    const left = possible.length - replayed.size;
    terminal.err(`${replayed.size} replayed${left > 0 ? `, ${left} not: they are still listed` : ''}.`);
    const jobs = possible.filter(({ ref, kind }) => kind === 'job' && replayed.has(ref)).length;
    if (jobs > 0)
      terminal.err(
        `${jobs} of them ${jobs === 1 ? 'was a job' : 'were jobs'}. A job's send is closed before it is buried, so that the next step can follow: it is looked at once more, and as a rule nothing is sent. Who waits for a code has to ask for a new one.`,
      );
  }
  return missing.length + stuck.length + possible.length - replayed.size === 0 ? 0 : 1;
}

/** `otp.receipt.v1`, `deliver-sms`, `outbox 1f`: an origin without its place in it. */
function targetOf({ kind, origin }: DeadLetter): string {
  if (kind === 'job') return `${origin} (a send that is closed is not sent)`;
  return kind === 'record' ? origin.split(' ')[0]! : origin;
}

async function surveyOf(letters: Pick<DeadLetters, 'survey'>, refs: readonly string[]): Promise<DeadLetter[]> {
  const topics = new Set(refs.map((ref) => ref.split('/')[0]!));
  const found: DeadLetter[] = [];
  for (const topic of topics) found.push(...(await letters.survey(topic)));
  return found;
}
