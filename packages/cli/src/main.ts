#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { runCommandLine } from './run-command-line.ts';
import type { Terminal } from './terminal.ts';

// A pipe whose reader has gone (`| head`) ends the command.
process.stdout.on('error', () => process.exit(0));

const terminal: Terminal = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  ask: process.stdin.isTTY && process.stdout.isTTY ? askAtTerminal : undefined,
};
process.exitCode = await runCommandLine(process.argv.slice(2), process.env, terminal);
// Whatever a client still waits for is nothing to a person at a terminal.
process.exit();

async function askAtTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
