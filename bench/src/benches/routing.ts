import { createStaticRouter } from '@watchword/routing';
import { percentile } from '@watchword/stage';
import type { Bench } from '../bench.ts';

const PROVIDERS = 10;
const COUNTRIES = 200;
const CHOICES = 300_000;
/** Timed together: one by itself takes less than the clock can tell. */
const GROUP = 100;

export const ROUTING: Bench = {
  name: 'routing',
  what: `one choice among ${PROVIDERS} providers for one of ${COUNTRIES} countries`,
  run: async () => {
    const router = createStaticRouter();
    const codes = Array.from({ length: COUNTRIES }, (_, n) =>
      String.fromCharCode(65 + (n % 26), 65 + Math.floor(n / 26)),
    );
    const candidates = Array.from({ length: PROVIDERS }, (_, n) => ({
      provider: `provider-${n}`,
      priority: n,
      countries: codes.filter((_code, index) => index % PROVIDERS >= n),
    }));
    const random = (): number => 0.5;
    const groups: number[] = [];
    let chosen = 0;
    const begunAt = performance.now();
    for (let done = 0; done < CHOICES; done += GROUP) {
      const at = performance.now();
      for (let n = 0; n < GROUP; n++) {
        const country = codes[(done + n) % COUNTRIES]!;
        const choice = router.choose({ channel: 'sms', country, candidates, excluded: [], random });
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
      marks: [{ name: 'choices a second', value: perSecond, unit: '/s' }],
    };
  },
};
