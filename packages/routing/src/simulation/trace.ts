import { CHANNELS, type Channel } from '@watchword/contracts';

/** A recorded or made-up history to play policies on: what each provider would have done with each send. */
export interface RoutingTrace {
  country: string;
  channel: Channel;
  providers: readonly string[];
  operators: readonly string[];
  /** Seconds after which a send that was not answered has failed. */
  windowS: number;
  sends: readonly TraceSend[];
}

export interface TraceSend {
  /** Seconds since the start; never less than the one before. */
  t: number;
  /** Index into `operators`. */
  op: number;
  /** For each provider, how likely a conversion is. Hidden from policies. */
  p: readonly number[];
  /** It converts through a provider where this is below its `p`. Hidden from policies. */
  u: number;
  /** Seconds until a conversion is known. */
  lat: number;
}

export class TraceError extends Error {}

/**
 * Reads the lines of a trace.
 *
 * @throws TraceError that names the line, what is wrong with it, and what is expected
 */
export function parseRoutingTrace(lines: Iterable<string>): RoutingTrace {
  let head: Omit<RoutingTrace, 'sends'> | undefined;
  const sends: TraceSend[] = [];
  let number = 0;
  for (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const value = parseLine(line, number);
    if (!head) head = parseHead(value, number);
    else sends.push(parseSend(value, head, sends.at(-1)?.t ?? 0, number));
  }
  if (!head) throw new TraceError('The trace is empty: its first line must be {"type":"routing-trace","version":1,…}.');
  if (sends.length === 0) throw new TraceError('The trace has no sends: one line is needed for each, after the first.');
  return { ...head, sends };
}

function parseLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new TraceError(`Line ${number} is no JSON object: a trace has one on each line.`);
}

function parseHead(value: Record<string, unknown>, number: number): Omit<RoutingTrace, 'sends'> {
  const { type, version, country, channel, providers, operators, window_s: windowS } = value;
  const wrong = (what: string): TraceError => new TraceError(`Line ${number}: ${what}.`);
  if (type !== 'routing-trace') throw wrong('`type` must be "routing-trace": it is not a trace for this simulator');
  if (version !== 1) throw wrong('`version` must be 1: this is the only one that is known');
  if (typeof country !== 'string') throw wrong('`country` must be a text');
  const known = CHANNELS.find((each) => each === channel);
  if (!known) throw wrong(`\`channel\` must be one of ${CHANNELS.join(', ')}`);
  if (!isNames(providers)) throw wrong('`providers` must be a list of names, at least one, none twice');
  if (!isNames(operators)) throw wrong('`operators` must be a list of names, at least one, none twice');
  if (!isFinite(windowS) || windowS <= 0) throw wrong('`window_s` must be a number of seconds above 0');
  return { country, channel: known, providers, operators, windowS };
}

function parseSend(
  value: Record<string, unknown>,
  { providers, operators }: Pick<RoutingTrace, 'providers' | 'operators'>,
  earliest: number,
  number: number,
): TraceSend {
  const { t, op, p, u, lat } = value;
  const wrong = (what: string): TraceError => new TraceError(`Line ${number}: ${what}.`);
  if (!isFinite(t) || t < earliest)
    throw wrong('`t` must be seconds since the start, none less than the line before has');
  if (!Number.isInteger(op) || (op as number) < 0 || (op as number) >= operators.length) {
    throw wrong(`\`op\` must be 0 to ${operators.length - 1}, the place of an operator in the first line`);
  }
  if (!Array.isArray(p) || p.length !== providers.length || !p.every(isShare)) {
    throw wrong(`\`p\` must be ${providers.length} numbers from 0 to 1, one for each provider`);
  }
  if (!isShare(u)) throw wrong('`u` must be a number from 0 to 1');
  if (!isFinite(lat) || lat < 0) throw wrong('`lat` must be seconds, 0 or more');
  return { t, op: op as number, p: p as number[], u, lat };
}

function isNames(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((name) => typeof name === 'string' && name !== '') && new Set(value).size === value.length;
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isShare(value: unknown): value is number {
  return isFinite(value) && value >= 0 && value <= 1;
}
