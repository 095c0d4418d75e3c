#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { BaseError } from '@watchword/contracts';
import { parseArguments } from './parse-arguments.ts';
import type { Terminal } from './terminal.ts';
import { USAGES } from './usage.ts';

const parsed = parseArguments(process.argv.slice(2));
if (parsed.outcome === 'help') {
  console.log(USAGES[parsed.usage]);
  process.exit(0);
}
if (parsed.outcome === 'wrong') {
  console.error(`${parsed.why}\n\n${USAGES[parsed.usage]}`);
  process.exit(2);
}
// A pipe whose reader has gone (`| head`) ends the command.
process.stdout.on('error', () => process.exit(0));

const terminal: Terminal = {
  out: (line) => console.log(line),
  err: (line) => console.error(line),
  ask: process.stdin.isTTY && process.stdout.isTTY ? askAtTerminal : undefined,
};
try {
  // Only now: loading the clients takes a second, in which help and a wrong option are answered already.
  const { runCommand } = await import('./run-command.ts');
  process.exitCode = await runCommand(parsed.command, parsed.options, process.env, terminal);
} catch (error) {
  console.error(error instanceof BaseError ? error.message : error);
  process.exitCode = 1;
}
// Whatever a client still waits for is nothing to a person at a terminal.
process.exit();

async function askAtTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`${question} [y/N] `);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
