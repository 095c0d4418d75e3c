import { renderBody } from '../render.ts';
import type { Terminal } from '../terminal.ts';
import type { DeadLetters } from './dead-letters.ts';

/** @returns the exit code */
export async function showDead(
  letters: Pick<DeadLetters, 'open'>,
  { ref, json }: { ref: string; json: boolean },
  terminal: Terminal,
): Promise<number> {
  const opened = await letters.open(ref);
  if (!opened) {
    terminal.err(`There is no dead letter ${ref}. \`watchword dead list\` shows those that there are.`);
    return 1;
  }
  const { letter, headers, body } = opened;
  if (json) {
    terminal.out(JSON.stringify({ ref, kind: letter.kind, reason: letter.reason, headers, body }, undefined, 2));
    return 0;
  }
  terminal.out(`ref      ${ref}`);
  terminal.out(`at       ${new Date(letter.atMs).toISOString()}`);
  terminal.out(`from     ${letter.origin}`);
  terminal.out(`reason   ${letter.reason}`);
  if (letter.obstacle !== undefined) terminal.out(`replay   not possible: ${letter.obstacle}`);
  for (const [name, value] of Object.entries(headers)) terminal.out(`header   ${name}: ${value}`);
  terminal.out(body === '' ? '(empty)' : `\n${renderBody(body)}`);
  return 0;
}
