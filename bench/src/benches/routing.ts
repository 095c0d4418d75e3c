import { createRouter, createScoreTable, type Cell, type Memory } from '@watchword/routing';
import { percentile } from '@watchword/stage';
import type { Bench } from '../bench.ts';

const PROVIDERS = 10;
const COUNTRIES = 200;
const OPERATORS = 5;
const CHOICES = 300_000;
/** Timed together: one by itself takes less than the clock can tell. */
const GROUP = 100;

export const ROUTING: Bench = {
  name: 'routing',
  what: `one choice among ${PROVIDERS} providers, ${COUNTRIES} countries with ${OPERATORS} operators each; the scores of all cells`,
  run: async () => {
    const codes = Array.from({ length: COUNTRIES }, (_, n) =>
      String.fromCharCode(65 + (n % 26), 65 + Math.floor(n / 26)),
    );
    const candidates = Array.from({ length: PROVIDERS }, (_, n) => ({
      provider: `provider-${n}`,
      priority: n,
    }));
    const operators = Array.from({ length: OPERATORS }, (_, n) => `00${n}`);
    const random = (): number => 0.5;
    const before = memoryUsed();
    const memories = candidates.flatMap(({ provider }, p) =>
      codes.flatMap((country, c) =>
        operators.map((operator, o): readonly [Cell, Memory] => [
          { provider, channel: 'sms', country, operator },
          { converted: 60 + ((p * 7 + c + o) % 40), trials: 120, incidentOdds: 0.03, atMs: 0 },
        ]),
      ),
    );
    const tableAt = performance.now();
    const table = createScoreTable(memories);
    for (const [cell] of memories) table.scoreOf(cell);
    const tableMs = performance.now() - tableAt;
    const megabytes = (memoryUsed() - before) / 1e6;
    const router = createRouter({ scores: () => table });
    const groups: number[] = [];
    let chosen = 0;
    const begunAt = performance.now();
    for (let done = 0; done < CHOICES; done += GROUP) {
      const at = performance.now();
      for (let n = 0; n < GROUP; n++) {
        const country = codes[(done + n) % COUNTRIES]!;
        const operator = operators[n % OPERATORS]!;
        const choice = router.choose({ channel: 'sms', country, operator, candidates, excluded: [], random });
        if (choice.outcome === 'chosen') chosen += 1;
      }
      groups.push((performance.now() - at) / GROUP);
    }
    if (chosen !== CHOICES) throw new Error(`${CHOICES - chosen} choices found nobody`);
    const perSecond = CHOICES / ((performance.now() - begunAt) / 1000);
    const [p50Ms, p99Ms] = [percentile(groups, 0.5), percentile(groups, 0.99)];
    return {
      pinned: 'in this process',
      rows: [{ what: `one choice, mean of ${GROUP}`, perSecond, p50Ms, p99Ms }],
      marks: [
        { name: 'choices a second', value: perSecond, unit: '/s' },
        { name: `scores of ${memories.length} cells, made anew`, value: tableMs, unit: ' ms' },
        { name: 'memory of them', value: megabytes, unit: ' MB' },
      ],
    };
  },
};

function memoryUsed(): number {
  // once for what the first collection has only marked
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
