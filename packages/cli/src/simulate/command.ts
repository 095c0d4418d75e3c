import { LOGGED_POLICIES, POLICY_NAMES, type LoggedPolicy, type PolicyName } from '@watchword/routing';

export type SimulateCommand =
  | {
      name: 'simulate routing';
      traces: readonly string[];
      policies: readonly PolicyName[];
      /** Where the chosen providers' indexes go. */
      choices?: string;
      seed: number;
      json: boolean;
    }
  | { name: 'simulate events'; events: readonly string[]; policy: LoggedPolicy; json: boolean }
  | { name: 'simulate make-trace'; out: string; seed: number; rate: number };

export function isSimulation(command: { name: string }): command is SimulateCommand {
  return command.name.startsWith('simulate ');
}

/** The options as they were typed. */
export interface SimulateValues {
  trace?: string[] | undefined;
  events?: string[] | undefined;
  policy?: string | undefined;
  choices?: string | undefined;
  out?: string | undefined;
  seed: string;
  rate: string;
  json: boolean;
}

const ALL = 'all';

/** @throws Error whose message says what is wrong with the options */
export function parseSimulate(
  name: 'simulate routing' | 'simulate make-trace',
  values: SimulateValues,
  words: readonly string[],
): SimulateCommand {
  if (words.length > 0) throw new Error(`"${name}" takes no "${words[0]}"`);
  const seed = parseWhole('--seed', values.seed);
  if (name === 'simulate make-trace') {
    if (values.out === undefined) throw new Error('"simulate make-trace" needs --out <file>');
    return { name, out: values.out, seed, rate: parseWhole('--rate', values.rate) };
  }
  const { trace = [], events = [], policy, choices, json } = values;
  if ((events.length === 0) === (trace.length === 0))
    throw new Error('"simulate routing" takes either --trace <file> or --events <file>, once or more');
  if (events.length > 0) {
    if (choices !== undefined) throw new Error('--choices goes with --trace');
    return { name: 'simulate events', events, policy: oneOf(LOGGED_POLICIES, policy ?? LOGGED_POLICIES[0]), json };
  }
  const policies = policy === ALL ? POLICY_NAMES : [oneOf([...POLICY_NAMES, ALL], policy ?? POLICY_NAMES[0])];
  if (choices !== undefined && trace.length * policies.length > 1)
    throw new Error('--choices goes with one --trace and one policy');
  const to = choices === undefined ? {} : { choices };
  return { name, traces: trace, policies: policies as readonly PolicyName[], ...to, seed, json };
}

function oneOf<T extends string>(known: readonly T[], policy: string): T {
  if (!(known as readonly string[]).includes(policy))
    throw new Error(`there is no policy "${policy}" for this; there are ${known.join(', ')}`);
  return policy as T;
}

function parseWhole(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${option} must be a whole number from 1 on`);
  return Number(text);
}
