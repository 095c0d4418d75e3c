import { wilson } from '@watchword/routing';
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
  if (submitted === 0) return undefined;
  const converted = Math.min(typed, submitted);
  return { submitted, converted, share: converted / submitted, ...wilson(converted, submitted) };
}
