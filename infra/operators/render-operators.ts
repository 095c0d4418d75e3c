import {
  getCountries,
  getCountryCallingCode,
  parsePhoneNumberFromString,
  type CountryCode,
} from 'libphonenumber-js/max';
import { readCarriers, type CarrierPrefix } from './carriers.ts';
import { matchName } from './match-names.ts';
import { NAMES_NOW } from './names-now.ts';
import { readNetworks, type Network } from './networks.ts';

/** National numbers have no more digits. */
const DIGITS_MAX = 15;
/** What a number may go on with, to learn which country a beginning belongs to. */
const FILLINGS = ['0', '2', '5', '8', '234567'];

/**
 * `number-prefixes.json`: country → operator → the beginnings of its numbers. Under `""` stand those of carriers that could not
 * be named within a longer range of one that could.
 */
export function renderNumberPrefixes(): string {
  const { networks } = readNetworks();
  const byCountry = Map.groupBy(networks, ({ country }) => country);
  checkNames(byCountry);
  const carriers = readCarriers();
  const rendered: Record<string, Record<string, string>> = {};
  for (const [callingCode, sharing] of Map.groupBy(getCountries().toSorted(), (each) => getCountryCallingCode(each))) {
    const prefixes = carriers.get(callingCode) ?? [];
    const among = sharing.length === 1 ? () => sharing : (prefix: string) => countriesOf(prefix);
    const placed = prefixes.flatMap((each) => among(each.prefix).map((country) => ({ ...each, country })));
    for (const [country, own] of Map.groupBy(placed, (each) => each.country)) {
      const operators = nameOperators(own, country, byCountry.get(country) ?? []);
      if (Object.keys(operators).length > 0) rendered[country] = operators;
    }
  }
  const sorted = Object.entries(rendered).toSorted(([a], [b]) => a.localeCompare(b));
  return `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`;
}

/** `networks.json`: MCC → its MNCs, each followed by `=` and the code that stands for its network where that is another one. */
export function renderNetworks(): string {
  const { leadOf } = readNetworks();
  const codes = [...leadOf].toSorted(([a], [b]) => a.localeCompare(b));
  const rendered = Object.fromEntries(
    [...Map.groupBy(codes, ([code]) => code.slice(0, 3))].map(([mcc, of]) => [
      mcc,
      of.map(([code, lead]) => (lead === code ? code.slice(4) : `${code.slice(4)}=${lead}`)).join(' '),
    ]),
  );
  return `${JSON.stringify(rendered, undefined, 2)}\n`;
}

function nameOperators(prefixes: CarrierPrefix[], country: string, networks: Network[]): Record<string, string> {
  const leads = new Map(
    [...new Set(prefixes.map(({ name }) => name))].map((name) => [
      name,
      matchName(name, country, networks)?.lead ?? '',
    ]),
  );
  const operatorOf = new Map(prefixes.map(({ prefix, name }) => [prefix, leads.get(name)!]));
  // what a shorter beginning says already
  const said = (prefix: string): string => {
    for (let length = prefix.length - 1; length > 0; length--) {
      const operator = operatorOf.get(prefix.slice(0, length));
      if (operator !== undefined) return operator;
    }
    return '';
  };
  const telling = [...operatorOf].filter(([prefix, operator]) => operator !== said(prefix));
  const byOperator = Map.groupBy(telling, ([, operator]) => operator);
  return Object.fromEntries(
    [...byOperator]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([operator, of]) => [
        operator,
        of
          .map(([prefix]) => prefix)
          .toSorted()
          .join(' '),
      ]),
  );
}

/** Countries that share a calling code: those of which some number begins so. */
function countriesOf(prefix: string): CountryCode[] {
  const found = new Set<CountryCode>();
  for (let length = prefix.length; length <= DIGITS_MAX; length++) {
    for (const filling of FILLINGS) {
      const digits = prefix + filling.repeat(DIGITS_MAX).slice(0, length - prefix.length);
      const phone = parsePhoneNumberFromString(`+${digits}`);
      if (phone?.country !== undefined && phone.isValid()) found.add(phone.country);
    }
  }
  return [...found];
}

/** @throws Error naming what the table of networks no longer knows */
function checkNames(byCountry: ReadonlyMap<string, Network[]>): void {
  for (const [country, names] of Object.entries(NAMES_NOW)) {
    for (const [before, now] of Object.entries(names)) {
      const known = byCountry.get(country)?.some((network) => network.names.includes(now));
      if (!known)
        throw new Error(`names-now.ts: the table of networks has no "${now}" in ${country} (for "${before}")`);
    }
  }
}
