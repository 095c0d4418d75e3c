import { CHANNELS, type Channel, type ControlScope } from '@watchword/contracts';
import { isCountry } from '@watchword/policy';
import { nearest, type ProviderConfig, type TenantConfig } from '@watchword/runtime';
import type { AskedControl } from './command.ts';

export interface JudgedConfig {
  tenants: readonly Pick<TenantConfig, 'id' | 'providers'>[];
  providers: readonly Pick<ProviderConfig, 'name' | 'channel' | 'countries' | 'price'>[];
}

export interface Judgement {
  /** Why it is not set: what could never work. */
  faults: string[];
  /** What an operator may not have in mind. */
  warnings: string[];
}

/** Holds what is asked for against the configuration. */
export function judgeControl(control: AskedControl, config: JudgedConfig): Judgement {
  const faults = judgeScope(control, config);
  if (faults.length === 0) faults.push(...judgeNames(control, config), ...judgeSense(control, config));
  if (faults.length > 0) return { faults, warnings: [] };
  const prices = judgePrices(control, config);
  return { faults: prices.faults, warnings: [...prices.warnings, ...warnOfDrains(control, config)] };
}

function judgeScope({ tenant, country }: ControlScope, { tenants }: Pick<JudgedConfig, 'tenants'>): string[] {
  const faults: string[] = [];
  const ids = tenants.map(({ id }) => id);
  if (tenant !== undefined && !ids.includes(tenant)) faults.push(unknown('tenant', tenant, ids));
  if (country !== undefined && !isCountry(country)) faults.push(`There is no country ${country}.`);
  return faults;
}

function unknown(kind: 'tenant' | 'provider', name: string, names: readonly string[]): string {
  const meant = nearest(name, names);
  const hint = meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${meant}?`;
  return `The configuration has no ${kind} "${name}". ${hint}`;
}

/** Each named provider must be one that can get a send of this scope. */
function judgeNames(control: AskedControl, config: JudgedConfig): string[] {
  const { pin, weights = {}, drained = [] } = control;
  const named = new Set([...(pin === undefined ? [] : [pin]), ...Object.keys(weights), ...drained]);
  return [...named].flatMap((name) => {
    const provider = config.providers.find((each) => each.name === name);
    if (!provider)
      return unknown(
        'provider',
        name,
        config.providers.map((each) => each.name),
      );
    return whyNotIn(control, provider, config) ?? [];
  });
}

function whyNotIn(
  { tenant, country, channel }: ControlScope,
  provider: JudgedConfig['providers'][number],
  { tenants }: JudgedConfig,
): string | undefined {
  const { name, channel: own, countries } = provider;
  if (channel !== undefined && own !== channel) return `${name} sends by ${own}, not by ${channel}.`;
  if (country !== undefined && countries && !countries.includes(country)) return `${name} does not serve ${country}.`;
  const allowed = tenants.find(({ id }) => id === tenant)?.providers;
  return allowed && !allowed.includes(name) ? `The tenant ${tenant} may not use ${name}.` : undefined;
}

function judgeSense({ pin, weights = {}, drained = [] }: AskedControl, { providers }: JudgedConfig): string[] {
  const faults = drained
    .filter((name) => name === pin || (weights[name] ?? 0) > 0)
    .map((name) => `${name} cannot be drained and asked for at once.`);
  const weighed = Object.keys(weights);
  const channels = new Set(providers.filter(({ name }) => weighed.includes(name)).map(({ channel }) => channel));
  if (channels.size > 1)
    faults.push(`Weights share out the sends of one channel; these providers send by ${[...channels].join(' and ')}.`);
  return faults;
}

function judgePrices(control: AskedControl, config: JudgedConfig): Judgement {
  const ceiling = control.price_max;
  if (!ceiling) return { faults: [], warnings: [] };
  const there = providersIn(control, config);
  const { currency } = ceiling;
  if (!there.some(({ price }) => price?.currency === currency)) {
    const known = [...new Set(there.flatMap(({ price }) => price?.currency ?? []))];
    const has = known.length === 0 ? 'none has a price' : `prices are in ${known.join(', ')}`;
    return { faults: [`No provider there is priced in ${currency}: ${has}.`], warnings: [] };
  }
  const warnings = there.flatMap(({ name, price }) => {
    if (!price) return `${name} has no price in the configuration: the ceiling does not hold it back.`;
    return price.currency === currency
      ? []
      : `${name} is priced in ${price.currency}: it gets nothing under this ceiling.`;
  });
  return { faults: [], warnings };
}

/** Those who could get a send of this scope. */
function providersIn(scope: ControlScope, config: JudgedConfig): JudgedConfig['providers'] {
  return config.providers.filter((provider) => whyNotIn(scope, provider, config) === undefined);
}

function warnOfDrains(control: AskedControl, config: JudgedConfig): string[] {
  const { drained = [] } = control;
  if (drained.length === 0) return [];
  const isDry = (channel: Channel): boolean => {
    const there = providersIn(control, config).filter((provider) => provider.channel === channel);
    return there.length > 0 && there.every(({ name }) => drained.includes(name));
  };
  return CHANNELS.filter(isDry).map((channel) => `Every provider of ${channel} is drained: such sends go nowhere.`);
}
