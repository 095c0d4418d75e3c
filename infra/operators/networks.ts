import { createRequire } from 'node:module';

/** A line of the table of mobile networks: one MCC-MNC and who runs it. */
export interface NetworkCode {
  mcc: string;
  mnc: string;
  brand: string | null;
  operator: string | null;
  status: string;
  /** ISO 3166-1 alpha-2, several joined by a slash where they share the code; null for international ones. */
  countryCode: string | null;
  countryName: string | null;
  bands: string | null;
}

/** All codes of one network in one country: one brand, or where there is none one company. */
export interface Network {
  country: string;
  countryName: string;
  /** What it may be called. */
  names: string[];
  /** The code that stands for it, MCC-MNC: of those in use the one with the most bands, which is the network itself. */
  lead: string;
}

export interface Networks {
  /** Those in use. */
  networks: Network[];
  /** Every code that was ever given, MCC-MNC, to the one that stands for its network. */
  leadOf: ReadonlyMap<string, string>;
}

/** The table of the package `mcc-mnc-list`, which is made from Wikipedia's lists of E.212 codes. */
export function readNetworks(): Networks {
  const require = createRequire(import.meta.url);
  return groupNetworks(require('mcc-mnc-list/mcc-mnc-list.json') as NetworkCode[]);
}

export function groupNetworks(table: readonly NetworkCode[]): Networks {
  // ranges such as "100 - 190" and unknown digits stand for no code
  const codes = table.filter(({ mcc, mnc }) => /^\d{3}$/.test(mcc) && /^\d{2,3}$/.test(mnc));
  const networks: Network[] = [];
  const leadOf = new Map<string, string>();
  for (const group of Map.groupBy(codes, groupOf).values()) {
    const used = group.filter(isInUse);
    const [lead] = used.toSorted((a, b) => bandsOf(b) - bandsOf(a) || codeOf(a).localeCompare(codeOf(b)));
    for (const code of group) {
      if (!leadOf.has(codeOf(code)) || isInUse(code)) leadOf.set(codeOf(code), codeOf(lead ?? code));
    }
    if (!lead) continue;
    const names = new Set(used.flatMap(({ brand, operator }) => [brand, operator]).filter((name) => name !== null));
    for (const country of countriesOf(lead)) {
      networks.push({ country, countryName: lead.countryName ?? '', names: [...names], lead: codeOf(lead) });
    }
  }
  // two countries may share a code under two brands: what numbers are named by keeps its name in receipts
  for (const { lead } of networks) leadOf.set(lead, lead);
  return { networks, leadOf };
}

function groupOf(code: NetworkCode): string {
  const name = code.brand ?? code.operator;
  return name === null ? codeOf(code) : `${code.countryCode}|${name.toLowerCase()}`;
}

function codeOf({ mcc, mnc }: NetworkCode): string {
  return `${mcc}-${mnc}`;
}

/** The others were given back, or never began. */
function isInUse({ status }: NetworkCode): boolean {
  return /^(operational|temporary operational|ongoing)$/i.test(status);
}

function bandsOf({ bands }: NetworkCode): number {
  return bands === null ? 0 : bands.split('/').length;
}

/** `BL/GF/GP`; of a part of a country (`GE-AB`) the country. */
function countriesOf({ countryCode }: NetworkCode): string[] {
  return countryCode === null ? [] : countryCode.split('/').map((code) => code.slice(0, 2));
}
