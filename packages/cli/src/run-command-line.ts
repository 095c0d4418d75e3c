import { inspect } from 'node:util';
import { BaseError } from '@watchword/contracts';
import { init } from './init/init.ts';
import { isSimulation } from './simulate/command.ts';
import { simulate } from './simulate/simulate.ts';
import { parseArguments } from './parse-arguments.ts';
import type { Terminal } from './terminal.ts';
import { USAGES } from './usage.ts';

/**
 * Carries out what follows the command's own name. Never rejects: what goes wrong is told at the terminal.
 *
 * @returns the exit code: 0 done, 1 something could not be done, 2 the command is not understood
 */
export async function runCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  terminal: Terminal,
): Promise<number> {
  const parsed = parseArguments(args);
  if (parsed.outcome === 'help') {
    terminal.out(USAGES[parsed.usage]);
    return 0;
  }
  if (parsed.outcome === 'wrong') {
    terminal.err(`${parsed.why}\n\n${USAGES[parsed.usage]}`);
    return 2;
  }
  try {
    const { command } = parsed;
    if (command.name === 'init') return init(command, terminal);
    if (isSimulation(command)) return await simulate(command, terminal);
    // Only now: loading the clients takes a second, in which help and a wrong option are answered already.
    const { runCommand } = await import('./run-command.ts');
    return await runCommand(command, parsed.options, env, terminal);
  } catch (error) {
    terminal.err(error instanceof BaseError || isOfTheSystem(error) ? error.message : inspect(error));
    return 1;
  }
}

/** A file or folder that cannot be read or written: the message names it, and where in the code that was says nothing. */
function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}
