import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseTrace, playTrace, type Played, type RoutingTrace } from '@watchword/routing';
import { renderTable } from '../render.ts';
import type { Terminal } from '../terminal.ts';
import type { SimulateCommand } from './command.ts';
import { readLines } from './read-lines.ts';

type RoutingCommand = Extract<SimulateCommand, { name: 'simulate routing' }>;

/** One policy on one trace. */
interface Run extends Played {
  trace: string;
  providers: readonly string[];
}

/**
 * Plays every trace by every policy.
 *
 * @returns the exit code
 */
export async function simulateRouting(
  command: RoutingCommand,
  terminal: Pick<Terminal, 'out' | 'err'>,
): Promise<number> {
  const runs: Run[] = [];
  for (const path of command.traces) {
    const trace = await readTrace(path, terminal);
    if (!trace) return 1;
    for (const policy of command.policies) {
      const chosen: number[] = [];
      const played = playTrace(trace, policy, command.seed, (provider) => void chosen.push(provider));
      if (command.choices !== undefined) writeFileSync(command.choices, `${chosen.join('\n')}\n`);
      runs.push({ trace: path, providers: trace.providers, ...played });
    }
  }
  if (command.json) terminal.out(JSON.stringify(runs.map(toJson), undefined, 2));
  else if (command.policies.length > 1) for (const line of renderAll(command, runs)) terminal.out(line);
  else for (const run of runs) for (const line of renderRun(run)) terminal.out(line);
  return 0;
}

async function readTrace(path: string, terminal: Pick<Terminal, 'err'>): Promise<RoutingTrace | undefined> {
  const lines: string[] = [];
  for await (const line of readLines(path)) lines.push(line);
  const parsed = parseTrace(lines);
  if (parsed.outcome === 'parsed') return parsed.trace;
  terminal.err(`${path}, line ${parsed.line}: ${parsed.why}.`);
  return undefined;
}

function toJson({ trace, policy, sends, conversions, regretPer1000, choices, providers }: Run): object {
  const perProvider = Object.fromEntries(providers.map((provider, at) => [provider, choices[at]]));
  return { trace, policy, sends, conversions, regret_per_1000: regretPer1000, choices: perProvider };
}

function renderRun({ trace, policy, sends, conversions, regretPer1000, choices, providers }: Run): string[] {
  return [
    `trace        ${trace}`,
    `policy       ${policy}`,
    `sends        ${sends}`,
    `conversions  ${conversions} (${((100 * conversions) / sends).toFixed(1)} %)`,
    `regret       ${regretPer1000.toFixed(1)} per 1,000 sends`,
    `choices      ${providers.map((provider, at) => `${provider} ${choices[at]}`).join(', ')}`,
    '',
  ];
}

/** Regret per 1,000 sends: a row for each policy, a column for each trace, and their mean. */
function renderAll({ traces, policies }: RoutingCommand, runs: readonly Run[]): string[] {
  const rows = policies.map((policy) => {
    const regrets = runs.filter((run) => run.policy === policy).map((run) => run.regretPer1000);
    const mean = regrets.reduce((sum, each) => sum + each, 0) / regrets.length;
    return [policy, ...regrets.map((each) => each.toFixed(1)), mean.toFixed(1)];
  });
  return ['regret per 1,000 sends', ...renderTable(['policy', ...traces.map((path) => basename(path)), 'mean'], rows)];
}
