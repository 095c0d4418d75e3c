import { ERROR_CLASSES } from '@watchword/contracts';
import { NO_COUNTS, type BucketCounts, type BucketDelta } from '@watchword/routing';

/**
 * Counts as Redis keeps them: integers with commas between, zeros left out and nothing behind the last one. The order is fixed by the
 * layout below; new kinds go to its end, so that older values stay readable.
 */
const PLAIN = ['submitted', 'delivered', 'undelivered', 'deliveredConverted', 'withdrawn'] as const;
const BINS = ['converted', 'latency'] as const;

export function packCounts(counts: BucketDelta): string {
  const numbers = [
    ...PLAIN.map((name) => counts[name] ?? 0),
    ...BINS.flatMap((name) => counts[name] ?? NO_COUNTS[name]),
    ...ERROR_CLASSES.map((error) => counts.errors?.[error] ?? 0),
  ];
  return numbers
    .map((number) => (number === 0 ? '' : String(number)))
    .join(',')
    .replace(/,+$/, '');
}

export function unpackCounts(packed: string): BucketCounts {
  const numbers = packed.split(',').map(Number);
  let at = 0;
  const next = (): number => numbers[at++] ?? 0;
  const [submitted, delivered, undelivered, deliveredConverted, withdrawn] = PLAIN.map(next) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const [converted, latency] = BINS.map((name) => NO_COUNTS[name].map(next)) as [number[], number[]];
  const errors = Object.fromEntries(
    ERROR_CLASSES.map((error) => [error, next()] as const).filter(([, count]) => count !== 0),
  );
  return { submitted, delivered, undelivered, deliveredConverted, withdrawn, converted, latency, errors };
}
