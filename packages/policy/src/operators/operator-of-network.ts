import { readTable } from './read-table.ts';

/** As vendors write it: `26202`, `262-02`, `262 02`, `310260`, also with an MNC that a zero was put before: `262002`. */
const NETWORK_CODE = /^(\d{3})[-\s]?(\d{2,3})$/;

/** MCC → MNC → MCC-MNC of the network. */
type NetworkTable = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * @param code the network code of a receipt, as the vendor writes it
 * @returns MCC-MNC as operators are named here: a network that has several codes has one name. A code that the table does not know
 *   is taken as it stands, since new networks come; empty where it is none, or of a country code that nobody has
 */
export type OperatorOfNetwork = (code: string) => string;

/** Reads the table, which takes about 2 ms: once, when a service starts. */
export function createOperatorOfNetwork(): OperatorOfNetwork {
  const networks = readTable<string>('networks.json');
  const table: NetworkTable = new Map(Object.entries(networks).map(([mcc, codes]) => [mcc, readCodes(mcc, codes)]));
  return (code) => {
    const [, mcc, mnc] = NETWORK_CODE.exec(code.trim()) ?? [];
    if (mcc === undefined || mnc === undefined) return '';
    const own = table.get(mcc);
    if (!own) return '';
    return own.get(mnc) ?? own.get(otherLength(mnc)) ?? `${mcc}-${mnc}`;
  };
}

/** Two digits or three: each country has one length for most of its codes, and vendors pad to three or forget to. */
function otherLength(mnc: string): string {
  if (mnc.length === 2) return `0${mnc}`;
  return mnc.startsWith('0') ? mnc.slice(1) : mnc;
}

/** `01 02 09=262-02` */
function readCodes(mcc: string, codes: string): Map<string, string> {
  return new Map(
    codes.split(' ').map((code) => {
      const [mnc, lead] = code.split('=');
      return [mnc!, lead ?? `${mcc}-${mnc}`];
    }),
  );
}
