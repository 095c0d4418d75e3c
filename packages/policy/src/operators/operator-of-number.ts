import { readTable } from './read-table.ts';

/**
 * The operator that a number was given to, as MCC-MNC (`262-02`), or empty where the numbering plan does not tell: North America
 * and fixed lines, and carriers that have no network or have gone. A number that was ported is in another network: only receipts
 * tell, see `operatorOfNetwork`.
 *
 * @param e164 with its plus, valid
 * @param country ISO 3166-1 alpha-2, of the number
 */
export type OperatorOfNumber = (e164: string, country: string) => string;

interface CountryPrefixes {
  /** Digits without the plus, to the operator; empty where a carrier in a longer range of another one has no name. */
  operators: ReadonlyMap<string, string>;
  longest: number;
  shortest: number;
}

/** Reads the table, which takes some 10 ms and 2 MB: once, when a service starts. A look-up takes 0.2 µs. */
export function createOperatorOfNumber(): OperatorOfNumber {
  const prefixes = readTable<Record<string, string>>('number-prefixes.json');
  const table = new Map(Object.entries(prefixes).map(([country, operators]) => [country, indexPrefixes(operators)]));
  return (e164, country) => {
    const own = table.get(country);
    if (!own) return '';
    for (let digits = Math.min(own.longest, e164.length - 1); digits >= own.shortest; digits--) {
      const operator = own.operators.get(e164.slice(1, 1 + digits));
      if (operator !== undefined) return operator;
    }
    return '';
  };
}

function indexPrefixes(given: Readonly<Record<string, string>>): CountryPrefixes {
  const operators = new Map<string, string>();
  for (const [operator, list] of Object.entries(given)) {
    for (const prefix of list.split(' ')) operators.set(prefix, operator);
  }
  const lengths = [...operators.keys()].map(({ length }) => length);
  return { operators, longest: Math.max(...lengths), shortest: Math.min(...lengths) };
}
