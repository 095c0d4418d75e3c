import { fileURLToPath } from 'node:url';
import { startServiceProcess } from '@watchword/testkit';

const ENTRY = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));

/** Runs `watchword …` as an operator does, as a process of its own. Standard output and error come together. */
export async function runCli(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ code: number | null; output: string }> {
  const command = await startServiceProcess({ name: 'watchword', entry: ENTRY, args, env: { ...environment } });
  const { code } = await command.exited;
  return { code, output: command.output() };
}

export interface ListedLetter {
  ref: string;
  kind: string;
  topic: string;
  origin: string;
  verification_id: string | null;
  reason: string;
  replayable: boolean;
}

/** What `watchword dead list --json` tells. */
export async function listDead(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<ListedLetter[]> {
  const { code, output } = await runCli(environment, 'dead', 'list', '--json', ...args);
  if (code !== 0) throw new Error(`the list failed:\n${output}`);
  return (JSON.parse(output) as { letters: ListedLetter[] }).letters;
}
