import { ATTEMPT_TOPIC, OUTCOME_TOPIC, parseEvent } from '@watchword/contracts';
import {
  createChoiceLog,
  estimatePolicy,
  type ChoiceLog,
  type PolicyEstimate,
  type SkippedAttempts,
} from '@watchword/routing';
import type { Terminal } from '../terminal.ts';
import type { SimulateCommand } from './command.ts';
import { readLines } from './read-lines.ts';

type EventsCommand = Extract<SimulateCommand, { name: 'simulate events' }>;

/**
 * What another policy would have converted, from exported attempts and outcomes: "what if", without trying it.
 *
 * @returns the exit code; 1 also where the log cannot tell
 */
export async function simulateEvents(command: EventsCommand, terminal: Pick<Terminal, 'out' | 'err'>): Promise<number> {
  const log = createChoiceLog(command.policy);
  const found = { [ATTEMPT_TOPIC]: 0, [OUTCOME_TOPIC]: 0 };
  for (const path of command.events) {
    let line = 0;
    for await (const text of readLines(path)) {
      line++;
      if (text.trim() === '') continue;
      try {
        found[addEvent(log, text)]++;
      } catch (error) {
        terminal.err(`${path}, line ${line}: ${(error as Error).message}.`);
        return 1;
      }
    }
  }
  for (const topic of [ATTEMPT_TOPIC, OUTCOME_TOPIC] as const) {
    if (found[topic] > 0) continue;
    terminal.err(
      `There is no event of ${topic} in ${command.events.join(', ')}. Which codes were typed is told by outcomes, whom they were sent by is told by attempts: export both topics.`,
    );
    return 1;
  }
  const { choices, skipped } = log.read();
  const estimate = estimatePolicy(choices);
  if (command.json) terminal.out(JSON.stringify({ policy: command.policy, ...estimate, skipped }, undefined, 2));
  else for (const text of renderEstimate(command.policy, estimate, skipped)) terminal.out(text);
  return estimate.estimate === undefined ? 1 : 0;
}

/** @throws Error that says what is wrong with the line */
function addEvent(log: ChoiceLog, line: string): typeof ATTEMPT_TOPIC | typeof OUTCOME_TOPIC {
  const topic = /"outcome"\s*:/.test(line) ? OUTCOME_TOPIC : ATTEMPT_TOPIC;
  try {
    if (topic === OUTCOME_TOPIC) log.addOutcome(parseEvent(topic, Buffer.from(line)));
    else log.addAttempt(parseEvent(topic, Buffer.from(line)));
    return topic;
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(
      `this is no event of ${topic} (${why}); each line must be the value of one record of ${ATTEMPT_TOPIC} or ${OUTCOME_TOPIC}, nothing before it`,
      { cause: error },
    );
  }
}

function renderEstimate(policy: string, found: PolicyEstimate, skipped: SkippedAttempts): string[] {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const lines = [
    `policy       ${policy}`,
    `attempts     ${found.n}, worth ${Math.floor(found.effectiveN)} by the policy itself`,
    ...renderSkipped(skipped),
    `as it was    ${percent(found.logged)} converted`,
  ];
  if (found.estimate !== undefined && found.interval)
    lines.push(`estimate     ${percent(found.estimate)}, 95 % between ${found.interval.map(percent).join(' and ')}`);
  if (found.thin !== undefined) lines.push(`Too thin to rely on: ${found.thin}.`);
  return lines;
}

function renderSkipped({ rejected, noPropensity, canceled, undecided }: SkippedAttempts): string[] {
  const said = [
    ...(rejected > 0 ? [`${rejected} refused by their provider`] : []),
    ...(noPropensity > 0 ? [`${noPropensity} without a propensity`] : []),
    ...(canceled > 0 ? [`${canceled} canceled`] : []),
    ...(undecided > 0 ? [`${undecided} too near to the end to be decided`] : []),
  ];
  return said.length === 0 ? [] : [`not judged   ${said.join(', ')}`];
}
