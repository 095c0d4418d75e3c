import { renderAge, renderTable } from '../render.ts';
import type { Terminal } from '../terminal.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DeadLetter } from './letter.ts';

/** @returns the exit code */
export async function listDead(
  letters: Pick<DeadLetters, 'places' | 'survey'>,
  { topic, limit, json }: { topic?: string; limit: number; json: boolean },
  terminal: Terminal,
  nowMs: number,
): Promise<number> {
  if (topic !== undefined && !letters.places.includes(topic)) return refusePlace(letters, topic, terminal);
  const all = await letters.survey(topic);
  const shown = all.slice(0, limit);
  if (json) {
    const found = { total: all.length, letters: shown.map((letter) => toJson(letter, nowMs)) };
    terminal.out(JSON.stringify(found, undefined, 2));
    return 0;
  }
  if (all.length === 0) {
    terminal.out('Nothing: everything was handled or replayed.');
    return 0;
  }
  const rows = shown.map((letter) => [
    letter.ref,
    renderAge(nowMs - letter.atMs),
    letter.origin,
    letter.verification || '-',
    letter.obstacle === undefined ? letter.reason : `${letter.reason} (cannot be replayed)`,
  ]);
  for (const line of renderTable(['REF', 'AGE', 'FROM', 'VERIFICATION', 'REASON'], rows)) terminal.out(line);
  const left = all.length - shown.length;
  if (left > 0) terminal.err(`${left} more: use --limit or --topic.`);
  return 0;
}

/** @returns the exit code of a command that is not understood: a name with a slip in it must not look like an empty topic */
export function refusePlace({ places }: Pick<DeadLetters, 'places'>, topic: string, terminal: Terminal): number {
  terminal.err(`This deployment has no dead-letter topic ${topic}. It has:`);
  for (const place of places) terminal.err(`  ${place}`);
  return 2;
}

function toJson(letter: DeadLetter, nowMs: number): object {
  const { ref, kind, topic, atMs, reason, verification, origin, obstacle } = letter;
  return {
    ref,
    kind,
    topic,
    at: new Date(atMs).toISOString(),
    age_seconds: Math.max(0, Math.round((nowMs - atMs) / 1_000)),
    origin,
    verification_id: verification === '' ? null : verification,
    reason,
    replayable: obstacle === undefined,
    ...(obstacle !== undefined && { obstacle }),
  };
}
