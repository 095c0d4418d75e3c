import { createRouter, createScoreBook, type Cell, type ScoreTable } from '@watchword/routing';
import { percentile } from '@watchword/stage';
import type { Bench } from '../bench.ts';

const PROVIDERS = 10;
const COUNTRIES = 200;
const OPERATORS = 5;
const CHOICES = 300_000;
/** Timed together: one by itself takes less than the clock can tell. */
const GROUP = 10;
/** Each cell has had sends in so many of the last minutes; a third of them is still pending. */
const MINUTES = 9;
const NOW_MS = 1_790_000_000_000;
const MIB = 2 ** 20;

export const ROUTING: Bench = {
  name: 'routing',
  what: `one choice among ${PROVIDERS} providers for one of ${COUNTRIES} countries with ${OPERATORS} operators each`,
  run: async () => {
    const heapBefore = process.memoryUsage().heapUsed;
    const book = createScoreBook();
    for (const cell of cells()) for (let minute = MINUTES; minute > 0; minute--) fill(book, cell, minute);
    const table = book.refresh(NOW_MS);
    const heapBytes = process.memoryUsage().heapUsed - heapBefore;
    const refreshedAt = performance.now();
    const scores = book.refresh(NOW_MS + 1_000);
    const refreshMs = performance.now() - refreshedAt;
    if (table.routes.size < COUNTRIES * OPERATORS) throw new Error('some routes have no score');
    const { groups, perSecond } = timeChoices(scores);
    const [p50Ms, p99Ms] = [percentile(groups, 0.5), percentile(groups, 0.99)];
    return {
      pinned: 'in this process',
      rows: [{ what: `one choice, mean of ${GROUP}`, perSecond, p50Ms, p99Ms }],
      marks: [
        { name: 'choices a second', value: perSecond, unit: '/s' },
        { name: `refresh of all ${PROVIDERS * COUNTRIES * OPERATORS} cells`, value: refreshMs, unit: 'ms' },
        { name: 'memory of buckets and scores', value: heapBytes / MIB, unit: 'MiB' },
      ],
    };
  },
};

function timeChoices(scores: ScoreTable): { groups: number[]; perSecond: number } {
  const router = createRouter(() => scores);
  const candidates = Array.from({ length: PROVIDERS }, (_, n) => ({ provider: `provider-${n}`, priority: n }));
  const countries = countryCodes();
  // a low discrepancy sequence: every share is drawn as often as it should, and nothing of it costs time
  let drawn = 0;
  const random = (): number => (drawn = (drawn + Math.SQRT1_2) % 1);
  const groups: number[] = [];
  let chosen = 0;
  const begunAt = performance.now();
  for (let done = 0; done < CHOICES; done += GROUP) {
    const at = performance.now();
    for (let n = done; n < done + GROUP; n++) {
      const [country, operator] = [countries[n % COUNTRIES]!, `operator-${n % OPERATORS}`];
      const choice = router.choose({ channel: 'sms', country, operator, candidates, excluded: [], random });
      if (choice.outcome === 'chosen') chosen += 1;
    }
    groups.push((performance.now() - at) / GROUP);
  }
  if (chosen !== CHOICES) throw new Error(`${CHOICES - chosen} choices found nobody`);
  return { groups, perSecond: CHOICES / ((performance.now() - begunAt) / 1000) };
}

function* cells(): Generator<Cell> {
  for (const country of countryCodes())
    for (let operator = 0; operator < OPERATORS; operator++)
      for (let provider = 0; provider < PROVIDERS; provider++)
        yield { provider: `provider-${provider}`, channel: 'sms', country, operator: `operator-${operator}` };
}

/** Ten sends in one bucket, of which a provider's own share has converted within 20 s. */
function fill(book: ReturnType<typeof createScoreBook>, cell: Cell, minutesAgo: number): void {
  const converted = 5 + (Number(cell.provider.slice(-1)) % 5);
  book.add(
    cell,
    { submittedMs: NOW_MS - minutesAgo * 60_000 },
    { submitted: 10, converted: [0, 0, 0, 0, 0, converted] },
  );
}

function countryCodes(): string[] {
  return Array.from({ length: COUNTRIES }, (_, n) => String.fromCharCode(65 + (n % 26), 65 + Math.floor(n / 26)));
}
