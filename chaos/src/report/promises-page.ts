import type { Scenario } from '../scenarios/scenario.ts';
import type { Breach } from '../reconcile/breach.ts';
import { TOOL_LAG_MAX_MS, countBreaches, verdictOf, type Result } from './result.ts';

/** What one row says; kept from the page where a scenario was not played again. */
export interface Row {
  scenario: string;
  /** The cells after the name. */
  cells: string[];
}

const HEADS = [
  'scenario',
  'what is done',
  'OTPs (rate)',
  'reached the inbox',
  'duplicated: counted, not',
  'lost',
  'approved twice',
  'stuck',
  'events missing',
  'recovery',
  'manual restarts',
  'played',
  'verdict',
];

/**
 * docs/promises.md: one row for each scenario, in their order. A row without a new result stays as it was on the page.
 *
 * @param before the page as it is; '' where there is none
 */
export function renderPromises(scenarios: readonly Scenario[], results: readonly Result[], before: string): string {
  const old = new Map(readRows(before).map(({ scenario, cells }) => [scenario, cells]));
  const rows = scenarios.map((scenario) => {
    const result = results.find((each) => each.scenario === scenario.name);
    const cells = result ? cellsOf(result) : (old.get(scenario.name)?.slice(1) ?? NOT_PLAYED);
    return line([`\`${scenario.name}\``, scenario.what, ...cells]);
  });
  const shown = scenarios.map(({ name, shows }) => `- \`${name}\`: ${shows}.`);
  return `${INTRODUCTION}\n${line(HEADS)}\n${line(HEADS.map(() => '---'))}\n${rows.join('\n')}\n\n## What each shows\n\n${shown.join('\n')}\n${LIMITS}`;
}

export function readRows(page: string): Row[] {
  return page.split('\n').flatMap((text) => {
    const cells = text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const name = /^`([\w-]+)`$/.exec(cells[0] ?? '')?.[1];
    return name === undefined || cells.length !== HEADS.length ? [] : [{ scenario: name, cells: cells.slice(1) }];
  });
}

const NOT_PLAYED = HEADS.slice(2).map((head) => (head === 'verdict' ? 'not played yet' : '–'));

function cellsOf(result: Result): string[] {
  const { figures, recovery } = result;
  const { duplicates } = figures;
  const verdict = verdictOf(result);
  const count = (kind: Breach['kind']): string => {
    const { broken, excused } = countBreaches(result, kind);
    return excused === 0 ? String(broken) : `${broken} (${excused} excepted)`;
  };
  const busy =
    result.toolLagMs > TOOL_LAG_MAX_MS
      ? [`the machine had no time for the tool for ${(result.toolLagMs / 1000).toFixed(1)} s`]
      : [];
  const notes = [...result.notes, ...busy];
  const unreached = new Set(result.breaches.flatMap((each) => (isExcepted(each) ? [each.id] : []))).size;
  const reached = result.reachedRate === null ? '' : ` of ${result.reachedRate}/s`;
  return [
    `${figures.accepted} (${result.rate}/s${reached})`,
    `${figures.reached}${unreached === 0 ? '' : ` (${unreached} excepted)`}`,
    `${duplicates.doubtful + duplicates.recovered}, ${duplicates.uncounted}`,
    count('lost'),
    count('approvedTwice'),
    count('stuck'),
    count('missingEvent'),
    `${recovery.seconds.toFixed(1)} s of ${recovery.secondsMax}`,
    String(result.unready.length),
    result.playedAt.slice(0, 10),
    verdict.length === 0 ? ['held', ...notes].join('; ') : `**broken**: ${[...verdict, ...notes].join('; ')}`,
  ];
}

/** It reached nobody, and the promises say why. */
function isExcepted({ kind, excused }: Breach): boolean {
  return excused && (kind === 'lost' || kind === 'unreached');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`;
}

const INTRODUCTION = `# Promises, and what they are worth

Made by \`npm run chaos -- <scenario|all> --write\`: every service as a process of its own, a Redis and a Kafka of its own, people who
read their inbox and type the code (some wrong, some late, some twice, some in three tabs at once), and the harm in the middle of it.
Then everything is reconciled by id: what the platforms were answered, what Kafka and Redis hold, what the providers' ledger says. Each
row is the last run of its scenario: the starts a second, of how many a short ramp had reached before (all of it on one machine, the
load and the simulated providers included), and the date.

- **reached the inbox**: those who were accepted and got a message. Whoever did not is excepted or a broken promise.
- **duplicated**: messages beyond one for each send. Counted ones are those for which an attempt's result was unknown, was taken over
  from a worker that vanished, or whose record a recovery made anew; there is at most one for each send.
- **excepted** by the promises: Redis' data was lost, and Kafka did not have it at that moment; or Redis or Kafka was away for longer
  than the code lived (nothing is sent past its life); or every provider of the channel refused it, or one swallowed it and there was
  no time for another step; or a start that was answered 503 has sent all the same.
- **held** also means: no record in any dead-letter topic, nothing that ended lived again, every receipt that was answered 200 is in
  Kafka, and no process ended that nobody had told to.
- **recovery**: from the moment at which everything hurt is back to the one from which nothing is late and no call fails.
- **manual restarts**: processes that were not ready again by themselves at the end.
`;

const LIMITS = `
## What this does not show

- One machine and one clock for all: no network between the parts that loses, delays or splits. A cut between two halves of a Kafka or
  Redis deployment is not played.
- A crash of a process, never of a machine: what the operating system had taken for the disk is there after the restart. With
  \`appendfsync everysec\` a machine that loses its power loses up to a second more; \`redis-failover\` plays such a loss.
- Of Redis Cluster, only what \`npm run test:cluster\` covers. Of Kafka, the loss of two brokers of three is an outage, and of the data of all
  three a loss that nothing here survives.
- Runs of minutes: no leak that takes days, no full disk that nobody empties.
- The vendors are played by the simulator; a real one may lose a message and say that it was delivered.
`;
