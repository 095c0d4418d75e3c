import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bus } from '@watchword/bus';
import type { Terminal } from '../terminal.ts';
import { conversionByProvider } from './conversion.ts';
import { renderConversionChart } from './conversion-chart.ts';
import { readQualityMinutes, type QualityScope } from './quality-minutes.ts';

/** The lengths of what a point covers. */
const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

export interface ChartOrder extends QualityScope {
  step: keyof typeof STEP_MS;
  out: string;
}

/**
 * Draws the conversion of providers over time from the topic of quality.
 *
 * @returns the exit code: 1 where there is nothing to draw
 * @throws BaseError OTP_BUS_UNAVAILABLE, OTP_BUS_FULL; of `node:fs` where the file cannot be written
 */
export async function drawQuality(
  bus: Pick<Bus, 'read'>,
  { step, out, ...scope }: ChartOrder,
  terminal: Terminal,
): Promise<number> {
  const { minutes, skipped } = await readQualityMinutes(bus, scope);
  if (skipped > 0) terminal.err(`${skipped} records could not be read and are left out.`);
  const series = conversionByProvider(minutes, STEP_MS[step]);
  if (series.length === 0) {
    terminal.err(
      'Nothing was sent there in that time: see --channel, --country, --operator and --since. The last five minutes are not drawn.',
    );
    return 1;
  }
  mkdirSync(dirname(out), { recursive: true });
  const partial = `${out}.${process.pid}.partial`;
  writeFileSync(partial, renderConversionChart(series, { ...scope, step, stepMs: STEP_MS[step] }));
  renameSync(partial, out);
  const sent = series.reduce((sum, { total }) => sum + total.submitted, 0);
  terminal.out(`${out}: ${series.length} providers, ${sent} messages`);
  return 0;
}
