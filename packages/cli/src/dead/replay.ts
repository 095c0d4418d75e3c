import type { Terminal } from '../terminal.ts';
import type { DeadLetters } from './dead-letters.ts';
import { parseRef, type DeadLetter } from './letter.ts';

/** @returns the exit code: 0 when all that was asked for was put back */
export async function replayDead(
  letters: Pick<DeadLetters, 'survey' | 'replay'>,
  { refs, all, topic }: { refs: readonly string[]; all: boolean; topic?: string },
  terminal: Terminal,
): Promise<number> {
  const malformed = refs.filter((ref) => parseRef(ref).outcome === 'malformed');
  for (const ref of malformed) terminal.err(`${ref} is no ref: copy it from \`watchword dead list\`.`);
  if (malformed.length > 0) return 2;

  const listed = all ? await letters.survey(topic) : await surveyOf(letters, refs);
  const wanted = all ? listed : listed.filter(({ ref }) => refs.includes(ref));
  const known = new Set(wanted.map(({ ref }) => ref));
  const missing = refs.filter((ref) => !known.has(ref));
  for (const ref of missing) terminal.err(`${ref} is not there, or was replayed before.`);
  const stuck = wanted.filter(({ obstacle }) => obstacle !== undefined);
  for (const { ref, obstacle } of stuck) terminal.err(`${ref} cannot be replayed: ${obstacle}.`);

  const replayed = new Set<string>();
  const possible = wanted.filter(({ obstacle }) => obstacle === undefined);
  const origins = new Map(possible.map(({ ref, origin }) => [ref, origin]));
  try {
    await letters.replay(possible, (ref) => {
      replayed.add(ref);
      terminal.out(
        `${ref} → ${origins
          .get(ref)!
          .split(' ')
          .slice(0, 2)
          .join(' ')
          .replace(/ \d+@\d+$/, '')}`,
      );
    });
  } finally {
    const left = possible.length - replayed.size;
    terminal.err(`${replayed.size} replayed${left > 0 ? `, ${left} not: they are still listed` : ''}.`);
  }
  return missing.length + stuck.length + possible.length - replayed.size === 0 ? 0 : 1;
}

async function surveyOf(letters: Pick<DeadLetters, 'survey'>, refs: readonly string[]): Promise<DeadLetter[]> {
  const topics = new Set(refs.map((ref) => ref.split('/')[0]!));
  const found: DeadLetter[] = [];
  for (const topic of topics) found.push(...(await letters.survey(topic)));
  return found;
}
