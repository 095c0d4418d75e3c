import { ATTEMPT_TOPIC, OUTCOME_TOPIC, parseEvent, type AttemptEvent, type OutcomeEvent } from '@watchword/contracts';
import { estimatePolicy, readLog, type PolicyEstimate } from '@watchword/routing';
import type { Terminal } from '../terminal.ts';
import type { SimulateCommand } from './command.ts';
import { readLines } from './read-lines.ts';

type EventsCommand = Extract<SimulateCommand, { name: 'simulate events' }>;

/**
 * What another policy would have converted, from exported attempts and outcomes: "what if", without trying it.
 *
 * @returns the exit code; 1 also where the log cannot tell
 */
export function simulateEvents(command: EventsCommand, terminal: Pick<Terminal, 'out' | 'err'>): number {
  const attempts: AttemptEvent[] = [];
  const outcomes: OutcomeEvent[] = [];
  for (const [index, line] of readLines(command.events).entries()) {
    if (line.trim() === '') continue;
    const why = sortEvent(line, attempts, outcomes);
    if (why === undefined) continue;
    terminal.err(`${command.events}, line ${index + 1}: ${why}.`);
    return 1;
  }
  const estimate = estimatePolicy(readLog(attempts, outcomes, command.policy));
  if (command.json) terminal.out(JSON.stringify({ policy: command.policy, ...estimate }, undefined, 2));
  else for (const text of renderEstimate(command.policy, estimate)) terminal.out(text);
  return estimate.estimate === undefined ? 1 : 0;
}

/** @returns what is wrong with the line */
function sortEvent(line: string, attempts: AttemptEvent[], outcomes: OutcomeEvent[]): string | undefined {
  const topic = /"outcome"\s*:/.test(line) ? OUTCOME_TOPIC : ATTEMPT_TOPIC;
  try {
    if (topic === OUTCOME_TOPIC) outcomes.push(parseEvent(topic, Buffer.from(line)));
    else attempts.push(parseEvent(topic, Buffer.from(line)));
    return undefined;
  } catch (error) {
    const why = (error as Error).message;
    return `this is no event of ${topic} (${why}); each line must be the JSON of one attempt or one outcome`;
  }
}

function renderEstimate(policy: string, found: PolicyEstimate): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const lines = [
    `policy       ${policy}`,
    `attempts     ${found.n}, worth ${Math.floor(found.effectiveN)} by the policy itself`,
    `as it was    ${percent(found.logged)} converted`,
  ];
  if (found.estimate !== undefined && found.interval)
    lines.push(`estimate     ${percent(found.estimate)}, 95 % between ${found.interval.map(percent).join(' and ')}`);
  if (found.thin !== undefined) lines.push(`Too thin to rely on: ${found.thin}.`);
  return lines;
}
