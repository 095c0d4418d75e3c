import { userInfo } from 'node:os';
import {
  CHANNELS,
  CONTROL_EXPLORE_MAX,
  CONTROL_REASON_MAX,
  type ControlEvent,
  type ControlScope,
} from '@watchword/contracts';

/** What is asked for, and by whom; when is known when it is written. */
export type AskedControl = Omit<ControlEvent, 'set_at'>;

export type ControlCommand =
  | { name: 'control list'; json: boolean }
  | { name: 'control set'; control: AskedControl }
  | { name: 'control unset'; scope: ControlScope; by: string };

export function isControl(command: { name: string }): command is ControlCommand {
  return command.name.startsWith('control ');
}

/** The options as they were typed. */
export interface ControlValues {
  by?: string | undefined;
  channel?: string | undefined;
  country?: string | undefined;
  drain?: string | undefined;
  explore?: string | undefined;
  json: boolean;
  pin?: string | undefined;
  'price-max'?: string | undefined;
  reason?: string | undefined;
  tenant?: string | undefined;
  tolerance?: string | undefined;
  weights?: string | undefined;
}

/** A name as people sign with it. */
const BY_MAX = 64;

/**
 * What the options say by themselves. What they say of a deployment is judged by `judgeControl`.
 *
 * @throws Error whose message says what is wrong with the options
 */
export function parseControl(
  name: ControlCommand['name'],
  values: ControlValues,
  words: readonly string[],
): ControlCommand {
  if (words.length > 0) throw new Error(`"${name}" takes no "${words[0]}"`);
  if (name === 'control list') return { name, json: values.json };
  const scope = parseScope(values);
  const by = parseBy(values.by);
  if (name === 'control unset') return { name, scope, by };
  const asked = parseAsked(values);
  if (Object.keys(asked).length === 0)
    throw new Error(
      '"control set" needs something to ask for: --pin, --weights, --drain, --tolerance, --price-max or --explore',
    );
  return { name, control: { ...scope, ...asked, set_by: by, ...parseReason(values.reason) } };
}

function parseScope({ tenant, country, channel }: ControlValues): ControlScope {
  const scope: ControlScope = {};
  if (tenant !== undefined) scope.tenant = tenant;
  if (country !== undefined) {
    if (!/^[A-Z]{2}$/.test(country))
      throw new Error(`--country must be two capital letters (ISO 3166), like DE, not "${country}"`);
    scope.country = country;
  }
  if (channel !== undefined) {
    const found = CHANNELS.find((each) => each === channel);
    if (!found) throw new Error(`--channel must be one of ${CHANNELS.join(', ')}, not "${channel}"`);
    scope.channel = found;
  }
  return scope;
}

type Asked = Pick<AskedControl, 'pin' | 'weights' | 'drained' | 'tolerance' | 'price_max' | 'explore'>;

function parseAsked({ pin, weights, drain, tolerance, 'price-max': priceMax, explore }: ControlValues): Asked {
  return {
    ...(pin !== undefined && { pin }),
    ...(weights !== undefined && { weights: parseWeights(weights) }),
    ...(drain !== undefined && { drained: parseNames('--drain', drain) }),
    ...(tolerance !== undefined && { tolerance: parseShare('--tolerance', tolerance, 1) }),
    ...(priceMax !== undefined && { price_max: parsePrice(priceMax) }),
    ...(explore !== undefined && { explore: parseShare('--explore', explore, CONTROL_EXPLORE_MAX) }),
  };
}

function parseNames(option: string, text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new Error(`${option} must be names of providers with commas between`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`${option} names ${twice} twice`);
  return names;
}

function parseWeights(text: string): Record<string, number> {
  const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)=(\d{1,3})\s*$/.exec(pair));
  if (pairs.includes(null)) throw new Error('--weights must be like north=70,south=30: whole percents that sum to 100');
  const shares = pairs.map((pair) => [pair![1]!, Number(pair![2])] as const);
  parseNames('--weights', shares.map(([provider]) => provider).join(','));
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  if (sum !== 100) throw new Error(`--weights sum to ${sum} and must sum to 100`);
  return Object.fromEntries(shares);
}

function parseShare(option: string, text: string, most: number): number {
  const share = /^\d(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(share <= most)) throw new Error(`${option} must be a number from 0 to ${most}, not "${text}"`);
  return share;
}

function parsePrice(text: string): NonNullable<ControlEvent['price_max']> {
  const match = /^(\d{1,9}(?:\.\d{1,9})?) ?([A-Z]{3})$/.exec(text);
  if (!match) throw new Error(`--price-max must be an amount with its currency, like 0.05EUR, not "${text}"`);
  return { amount: match[1]!, currency: match[2]! };
}

function parseReason(reason: string | undefined): { reason?: string } {
  if (reason === undefined) return {};
  if (reason.length > CONTROL_REASON_MAX) throw new Error(`--reason must be at most ${CONTROL_REASON_MAX} characters`);
  return { reason };
}

function parseBy(given: string | undefined): string {
  const by = given ?? nameOfUser();
  if (by === undefined || by.length === 0) throw new Error('say who asks by --by <name>: this system does not know it');
  if (by.length > BY_MAX) throw new Error(`--by must be at most ${BY_MAX} characters`);
  return by;
}

/** A container's user may have no name. */
function nameOfUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
