import { createHash } from 'node:crypto';

/** Mobile country and network codes of some large networks, by country calling code. */
const NETWORKS: Record<string, readonly string[]> = {
  '1': ['310260', '310410', '311480'],
  '33': ['20801', '20810', '20820'],
  '34': ['21401', '21403', '21407'],
  '39': ['22201', '22210', '22288'],
  '44': ['23410', '23415', '23430'],
  '49': ['26201', '26202', '26203'],
  '55': ['72405', '72406', '72411'],
  '62': ['51001', '51010', '51011'],
  '91': ['40410', '40486', '405861'],
  '234': ['62120', '62130', '62150'],
};

/** The network of a number: always the same one for the same number. Undefined for countries not listed. */
export function networkOf(digits: string): string | undefined {
  for (const length of [3, 2, 1]) {
    const networks = NETWORKS[digits.slice(0, length)];
    if (networks) return networks[createHash('sha256').update(digits).digest().readUInt32LE(0) % networks.length];
  }
  return undefined;
}
