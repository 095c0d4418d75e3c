import type { QualityMinute } from './quality-minutes.ts';

/** What a share of a sample says of the whole: it lies between `low` and `high` 95 times of 100. */
export interface Conversion {
  submitted: number;
  converted: number;
  /** 0 to 1 */
  share: number;
  low: number;
  high: number;
}

export interface ConversionPoint extends Conversion {
  /** The step's beginning, milliseconds since 1970. */
  startMs: number;
}

export interface ProviderSeries {
  provider: string;
  /** In the order of time; a step in which nothing was submitted has none. */
  points: ConversionPoint[];
  total: Conversion;
}

/** Standard deviations on either side of 95 % of a normal distribution. */
const Z = 1.959964;

/**
 * Wilson's interval: holds for few and for extreme counts too, where the simple one ends below 0 or has no width.
 *
 * @param submitted above 0
 */
export function wilson(converted: number, submitted: number): Conversion {
  const share = converted / submitted;
  const z2 = Z * Z;
  const middle = (share + z2 / (2 * submitted)) / (1 + z2 / submitted);
  const half =
    (Z / (1 + z2 / submitted)) * Math.sqrt((share * (1 - share)) / submitted + z2 / (4 * submitted * submitted));
  return { submitted, converted, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Cells of a provider together, by steps that begin at multiples of `stepMs` (UTC); the busiest provider first. */
export function conversionByProvider(minutes: readonly QualityMinute[], stepMs: number): ProviderSeries[] {
  const series = [...Map.groupBy(minutes, ({ provider }) => provider)].flatMap(([provider, own]) => {
    const steps = Map.groupBy(own, ({ minute }) => minute - (minute % stepMs));
    const points = [...steps].flatMap(([startMs, of]) => {
      const conversion = conversionOf(of);
      return conversion ? [{ startMs, ...conversion }] : [];
    });
    const total = conversionOf(own);
    return total ? [{ provider, points: points.toSorted((a, b) => a.startMs - b.startMs), total }] : [];
  });
  return series.toSorted((a, b) => b.total.submitted - a.total.submitted || a.provider.localeCompare(b.provider));
}

function conversionOf(minutes: readonly QualityMinute[]): Conversion | undefined {
  const submitted = minutes.reduce((sum, each) => sum + each.submitted, 0);
  const typed = minutes.reduce((sum, each) => sum + each.converted, 0);
  return submitted === 0 ? undefined : wilson(Math.min(typed, submitted), submitted);
}
