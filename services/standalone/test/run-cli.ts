import { fileURLToPath } from 'node:url';
import { runCommandLine } from '@watchword/cli';
import { startServiceProcess } from '@watchword/testkit';

const ENTRY = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));

type Run = (
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
) => Promise<{ code: number | null; output: string }>;

/** Runs `watchword …` in this process, since a process of its own takes seconds. Standard output and error come together. */
export const runCli: Run = async (environment, ...args) => {
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  const code = await runCommandLine(args, environment, { out: tell, err: tell, ask: undefined });
  return { code, output: lines.map((line) => `${line}\n`).join('') };
};

/** The same as an operator does it. */
export const runCliProcess: Run = async (environment, ...args) => {
  const command = await startServiceProcess({ name: 'watchword', entry: ENTRY, args, env: { ...environment } });
  const { code } = await command.exited;
  return { code, output: command.output() };
};

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
