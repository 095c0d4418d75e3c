import { parseArgs } from 'node:util';
import { BUCKETS } from '@watchword/contracts';
import { parseControl, type ControlCommand, type ControlValues } from './control/command.ts';
import type { InitCommand } from './init/init.ts';
import { parseDuration } from './moment.ts';
import { parseChart, parseExport, type AnalysisCommand, type AnalysisValues } from './parse-analysis.ts';
import { parseSimulate, type SimulateCommand, type SimulateValues } from './simulate/command.ts';
import type { UsageName } from './usage.ts';

/** What is for a deployment that runs. */
export type DeploymentCommand =
  | { name: 'dead list'; topic?: string; limit: number; json: boolean }
  | { name: 'dead show'; ref: string; json: boolean }
  | { name: 'dead replay'; refs: readonly string[]; all: boolean; topic?: string }
  | { name: 'recover'; sinceMs: number; bucket?: number; yes: boolean }
  | ControlCommand
  | AnalysisCommand;
type Command = DeploymentCommand | InitCommand | SimulateCommand;
/** As they are typed: what a command does may depend on its options. */
type CommandName = Exclude<Command['name'], 'simulate events'>;

export interface CommonOptions {
  config?: string;
  verbose: boolean;
}

export type ParsedArguments =
  | { outcome: 'run'; command: Command; options: CommonOptions }
  | { outcome: 'help'; usage: UsageName }
  | { outcome: 'wrong'; why: string; usage: UsageName };

/** More than a screen, less than a terminal can be bothered with. */
const LIMIT_DEFAULT = 1_000;
/** Requests are kept for two hours; the other topics' events mean nothing without them. */
const RECOVER_SINCE_DEFAULT = '2h';
/** The longest that any topic is kept which verifications are made of. */
const SINCE_MAX_MS = 7 * 86_400_000;
/** Sends per hour of a generated trace: a busy country's. */
const RATE_DEFAULT = '900';
/** Where `npm start` has them too. */
const DIR_DEFAULT = '.watchword';
const LOOPBACK = '127.0.0.1';

const OPTIONS = {
  all: { type: 'boolean', default: false },
  bucket: { type: 'string' },
  by: { type: 'string' },
  channel: { type: 'string' },
  choices: { type: 'string' },
  config: { type: 'string' },
  country: { type: 'string' },
  deal: { type: 'string' },
  dir: { type: 'string', default: DIR_DEFAULT },
  drain: { type: 'string' },
  events: { type: 'string', multiple: true },
  explore: { type: 'string' },
  help: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  limit: { type: 'string', default: String(LIMIT_DEFAULT) },
  listen: { type: 'string', default: LOOPBACK },
  operator: { type: 'string' },
  out: { type: 'string' },
  pin: { type: 'string' },
  policy: { type: 'string' },
  'price-max': { type: 'string' },
  rate: { type: 'string', default: RATE_DEFAULT },
  reason: { type: 'string' },
  seed: { type: 'string', default: '1' },
  since: { type: 'string' },
  'show-key': { type: 'boolean', default: false },
  simulator: { type: 'string', default: LOOPBACK },
  step: { type: 'string' },
  tenant: { type: 'string' },
  tolerance: { type: 'string' },
  topic: { type: 'string' },
  trace: { type: 'string', multiple: true },
  until: { type: 'string' },
  verbose: { type: 'boolean', default: false },
  weights: { type: 'string' },
  yes: { type: 'boolean', default: false },
} as const;
type Option = keyof typeof OPTIONS;

const COMMON: readonly Option[] = ['config', 'help', 'verbose'];
const SCOPE: readonly Option[] = ['tenant', 'country', 'channel'];
const OWN: Record<CommandName, readonly Option[]> = {
  'control list': ['json'],
  'control set': [...SCOPE, 'by', 'drain', 'explore', 'pin', 'price-max', 'reason', 'tolerance', 'weights'],
  'control unset': [...SCOPE, 'by'],
  'dead list': ['json', 'limit', 'topic'],
  'dead show': ['json'],
  'dead replay': ['all', 'topic'],
  recover: ['bucket', 'since', 'yes'],
  export: ['out', 'since', 'topic', 'until'],
  'quality chart': ['channel', 'country', 'operator', 'out', 'since', 'step', 'until'],
  init: ['deal', 'dir', 'listen', 'show-key', 'simulator'],
  'simulate routing': ['choices', 'events', 'json', 'policy', 'seed', 'trace'],
  'simulate make-trace': ['out', 'rate', 'seed'],
};
/** Commands of two words. */
const GROUPS: readonly string[] = ['control', 'dead', 'quality', 'simulate'];

/** @param args what follows the command's own name, `process.argv.slice(2)` */
export function parseArguments(args: readonly string[]): ParsedArguments {
  let usage: UsageName = 'general';
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
      tokens: true,
    });
    const [first, second, ...rest] = positionals;
    const isGroup = first !== undefined && GROUPS.includes(first);
    const name = isGroup ? `${first} ${second ?? ''}`.trim() : (first ?? '');
    if (isCommand(name)) usage = name;
    if (values.help || positionals.length === 0) return { outcome: 'help', usage };
    if (!isCommand(name)) throw new Error(`there is no command "${name}"`);
    for (const token of tokens) if (token.kind === 'option') checkOption(name, token.name);
    const words = isGroup ? rest : positionals.slice(1);
    const options = { verbose: values.verbose, ...(values.config !== undefined && { config: values.config }) };
    return { outcome: 'run', options, command: toCommand(name, values, words) };
  } catch (error) {
    return { outcome: 'wrong', why: (error as Error).message, usage };
  }
}

function isCommand(name: string): name is CommandName {
  return name in OWN;
}

function checkOption(name: CommandName, option: Option): void {
  if (!COMMON.includes(option) && !OWN[name].includes(option)) throw new Error(`"${name}" knows no --${option}`);
}

interface Values extends SimulateValues, ControlValues, AnalysisValues {
  all: boolean;
  bucket?: string | undefined;
  deal?: string | undefined;
  dir: string;
  limit: string;
  listen: string;
  'show-key': boolean;
  simulator: string;
  yes: boolean;
}

function toCommand(name: CommandName, values: Values, words: readonly string[]): Command {
  const topic = values.topic === undefined ? {} : { topic: values.topic };
  switch (name) {
    case 'dead list':
      if (words.length > 0) throw new Error(`"dead list" takes no "${words[0]}"; a topic is named by --topic`);
      return { name, ...topic, limit: parseCount('--limit', values.limit), json: values.json };
    case 'dead show':
      if (words.length !== 1) throw new Error('"dead show" takes one ref, as "dead list" shows it');
      return { name, ref: words[0]!, json: values.json };
    case 'dead replay':
      if (values.all === words.length > 0)
        throw new Error('"dead replay" takes refs, as "dead list" shows them, or --all');
      if (values.topic !== undefined && !values.all) throw new Error('--topic goes with --all');
      return { name, ...topic, refs: words, all: values.all };
    case 'recover': {
      if (words.length > 0) throw new Error(`"recover" takes no "${words[0]}"`);
      const bucket = values.bucket === undefined ? {} : { bucket: parseBucket(values.bucket) };
      return { name, sinceMs: parseRecoverSince(values.since), ...bucket, yes: values.yes };
    }
    case 'export':
      if (words.length > 0) throw new Error(`"export" takes no "${words[0]}"; tables are named by --topic`);
      return parseExport(values);
    case 'quality chart':
      if (words.length > 0) throw new Error(`"quality chart" takes no "${words[0]}"`);
      return parseChart(values);
    case 'init': {
      if (words.length > 0) throw new Error(`"init" takes no "${words[0]}"`);
      const where = {
        listen: parseHost('--listen', values.listen),
        simulatorHost: parseHost('--simulator', values.simulator),
      };
      const deal = values.deal === undefined ? {} : { deal: values.deal };
      return { name, dir: values.dir, ...deal, ...where, showKey: values['show-key'] };
    }
    case 'control list':
    case 'control set':
    case 'control unset':
      return parseControl(name, values, words);
    case 'simulate routing':
    case 'simulate make-trace':
      return parseSimulate(name, values, words);
  }
}

function parseCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`${option} must be a number from 1 on`);
  return Number(text);
}

/** It becomes part of a configuration's text. */
function parseHost(option: string, text: string): string {
  if (!/^[0-9a-z][0-9a-z.-]{0,252}$/i.test(text)) throw new Error(`${option} must be a host name or an IPv4 address`);
  return text;
}

function parseRecoverSince(text = RECOVER_SINCE_DEFAULT): number {
  const ms = parseDuration(text);
  if (!(ms <= SINCE_MAX_MS)) throw new Error('--since must be a time such as 90s, 30m, 2h or 1d, at most 7d');
  return ms;
}

function parseBucket(text: string): number {
  const bucket = /^[0-9a-f]{2}$/.test(text) ? Number.parseInt(text, 16) : BUCKETS;
  if (bucket >= BUCKETS) throw new Error('--bucket must be two hexadecimal digits, 00 to ff');
  return bucket;
}
