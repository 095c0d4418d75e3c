/** A routing trace: what every provider would have done with every send. Only a simulation can know that. */
export interface RoutingTrace {
  country: string;
  channel: string;
  providers: readonly string[];
  operators: readonly string[];
  /** Seconds after which a send that has not converted has failed. */
  windowS: number;
  /** In the order of time. */
  sends: readonly TraceSend[];
}

export interface TraceSend {
  /** Seconds since the trace's start. */
  t: number;
  /** Index into `operators`. */
  op: number;
  /** Per provider: the probability that this send converts through it. */
  p: readonly number[];
  /** The send converts if `u` is less than the chosen provider's probability. */
  u: number;
  /** Seconds until a conversion is known. */
  lat: number;
}

export type ParsedTrace =
  | { outcome: 'parsed'; trace: RoutingTrace }
  | { outcome: 'invalid'; line: number; why: string };

/** @param lines JSON, the header first; empty ones are passed over */
export function parseTrace(lines: Iterable<string>): ParsedTrace {
  let header: Omit<RoutingTrace, 'sends'> | undefined;
  const sends: TraceSend[] = [];
  let line = 0;
  try {
    for (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      const value = parseObject(text);
      if (header) sends.push(parseSend(value, header, sends.at(-1)?.t ?? 0));
      else header = parseHeader(value);
    }
    if (!header) throw new Error('the file is empty; its first line must be the header, {"type":"routing-trace",…}');
    if (sends.length === 0) throw new Error('there are no sends after the header');
  } catch (error) {
    return { outcome: 'invalid', line: Math.max(1, line), why: (error as Error).message };
  }
  return { outcome: 'parsed', trace: { ...header, sends } };
}

/** The lines that `parseTrace` reads. */
export function* renderTrace(trace: RoutingTrace): Generator<string> {
  const { country, channel, providers, operators, windowS, sends } = trace;
  yield JSON.stringify({
    type: 'routing-trace',
    version: 1,
    country,
    channel,
    providers,
    operators,
    window_s: windowS,
  });
  for (const send of sends) yield JSON.stringify(send);
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('this is no JSON; each line must be one JSON object');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('this is no JSON object; each line must be one');
  return value as Record<string, unknown>;
}

function parseHeader(value: Record<string, unknown>): Omit<RoutingTrace, 'sends'> {
  if (value['type'] !== 'routing-trace')
    throw new Error('the first line must be the header of a routing trace, with "type":"routing-trace"');
  if (value['version'] !== 1) throw new Error(`version ${JSON.stringify(value['version'])} is not known, only 1 is`);
  const windowS = value['window_s'];
  if (!isNumber(windowS) || windowS <= 0) throw new Error('"window_s" must be a number of seconds above 0');
  return {
    country: parseText(value, 'country'),
    channel: parseText(value, 'channel'),
    providers: parseNames(value, 'providers'),
    operators: parseNames(value, 'operators'),
    windowS,
  };
}

function parseText(value: Record<string, unknown>, field: string): string {
  const text = value[field];
  if (typeof text !== 'string') throw new Error(`"${field}" must be a text`);
  return text;
}

function parseNames(value: Record<string, unknown>, field: string): string[] {
  const names = value[field];
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw new Error(`"${field}" must be a list of names, at least one`);
  if (new Set(names).size < names.length) throw new Error(`"${field}" names one twice`);
  return names;
}

function parseSend(value: Record<string, unknown>, header: Omit<RoutingTrace, 'sends'>, after: number): TraceSend {
  const { t, op, p, u, lat } = value;
  if (!isNumber(t) || t < 0) throw new Error('"t" must be the seconds since the start');
  if (t < after) throw new Error(`"t" goes back from ${after} to ${t}; sort the sends by time`);
  if (!Number.isInteger(op) || (op as number) < 0 || (op as number) >= header.operators.length)
    throw new Error(`"op" must be an index into the header's ${header.operators.length} operators`);
  if (!Array.isArray(p) || p.length !== header.providers.length || !p.every(isShare))
    throw new Error(
      `"p" must be ${header.providers.length} probabilities from 0 to 1, one for each provider of the header`,
    );
  if (!isShare(u)) throw new Error('"u" must be a number from 0 to 1');
  if (!isNumber(lat) || lat < 0) throw new Error('"lat" must be the seconds until a conversion is known');
  return { t, op: op as number, p, u, lat };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isShare(value: unknown): value is number {
  return isNumber(value) && value >= 0 && value <= 1;
}
