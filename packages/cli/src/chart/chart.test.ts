import { describe, expect, test } from 'vitest';
import { GROUND, LINE_STYLES } from './chart-style.ts';
import { conversionByProvider } from './conversion.ts';
import { renderConversionChart, type ChartSubject } from './conversion-chart.ts';
import { placeLabels } from './place-labels.ts';
import type { QualityMinute } from './quality-minutes.ts';

const START_MS = Date.UTC(2026, 10, 22);
const HOUR_MS = 3_600_000;
const subject: ChartSubject = {
  channel: 'sms',
  country: 'DE',
  sinceMs: START_MS,
  untilMs: START_MS + 24 * HOUR_MS,
  step: 'hour',
  stepMs: HOUR_MS,
};
const minute = (hour: number, provider: string, submitted: number, converted: number): QualityMinute => ({
  minute: START_MS + hour * HOUR_MS + 60_000,
  provider,
  revision: 1,
  submitted,
  converted,
});
const draw = (...minutes: QualityMinute[]) => renderConversionChart(conversionByProvider(minutes, HOUR_MS), subject);
const countOf = (svg: string, what: RegExp): number => [...svg.matchAll(what)].length;

describe('conversion', () => {
  test('cells of a provider are added up by steps, the busiest provider comes first, and an empty step is none', () => {
    const series = conversionByProvider(
      [
        minute(1, 'a', 10, 5),
        minute(0, 'a', 10, 9),
        minute(0, 'a', 10, 7),
        minute(2, 'a', 0, 0),
        minute(0, 'b', 99, 1),
      ],
      HOUR_MS,
    );
    expect(series.map(({ provider }) => provider)).toEqual(['b', 'a']);
    expect(series[1]!.points).toMatchObject([
      { startMs: START_MS, submitted: 20, converted: 16, share: 0.8 },
      { startMs: START_MS + HOUR_MS, submitted: 10, converted: 5, share: 0.5 },
    ]);
    expect(series[1]!.total).toMatchObject({ submitted: 30, converted: 21 });
  });
});

describe('labels', () => {
  const room = { gap: 10, top: 0, bottom: 100 };

  test.each([
    [[20, 60], [20, 60], 'have room'],
    [[50, 50, 50], [50, 60, 70], 'are pushed down'],
    [[98, 99], [90, 100], 'are pushed up at the bottom'],
    [[60, 20], [60, 20], 'keep their order'],
  ])('at %j are at %j: they %s', (wanted, placed) => {
    expect(placeLabels(wanted, room)).toEqual(placed);
  });
});

describe('the picture', () => {
  test('says in words what it shows, for who does not see it', () => {
    const svg = draw(minute(0, 'north', 100, 90), minute(1, 'north', 100, 60));
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
    expect(svg).toContain('<title id="title">Conversion by provider: SMS, in DE</title>');
    expect(svg).toMatch(
      /<desc id="desc">north: 75\.0 % \(68\.6 to 80\.5\), 200 sent; lowest 60\.0 % at 2026-11-22T01:00Z\.<\/desc>/,
    );
  });

  test('a step without messages is a gap, not a line across it', () => {
    const whole = draw(minute(0, 'a', 9, 8), minute(1, 'a', 9, 8), minute(2, 'a', 9, 8));
    const gap = draw(minute(0, 'a', 9, 8), minute(1, 'a', 9, 8), minute(3, 'a', 9, 8));
    expect([whole, gap].map((svg) => countOf(svg, /<path class="line"/g))).toEqual([1, 2]);
    // what stands alone has a bar, since a band of one point has no width
    expect([countOf(gap, /<path class="band"/g), countOf(gap, /<line class="bar"/g)]).toEqual([1, 1]);
  });

  test('every provider is named in the legend and at its line’s end, with a dash and a shape of its own', () => {
    const svg = draw(minute(0, 'north', 100, 90), minute(0, 'south', 50, 45));
    expect([countOf(svg, />north</g), countOf(svg, />south</g)]).toEqual([2, 2]);
    expect(new Set(LINE_STYLES.map(({ dash }) => dash)).size).toBe(LINE_STYLES.length);
    expect(new Set(LINE_STYLES.map(({ mark }) => mark)).size).toBe(LINE_STYLES.length);
  });

  test('of more than six providers the busiest six are drawn, and the others counted', () => {
    const svg = draw(...Array.from({ length: 8 }, (_, n) => minute(0, `p${n}`, 100 + n, 50)));
    expect(svg).toContain('2 more providers are not drawn');
    expect([svg.includes('>p7<'), svg.includes('>p0<')]).toEqual([true, false]);
  });

  test('no position is not a number, also where all of it is one point', () => {
    expect(draw(minute(0, 'a', 1, 0))).not.toMatch(/NaN|Infinity/);
    expect(draw(minute(0, 'a', 1, 1))).not.toMatch(/NaN|Infinity/);
  });

  test('a short time has no two marks of the same name', () => {
    const times = [...draw(minute(0, 'a', 10, 9), minute(2, 'a', 10, 9)).matchAll(/>(\d\d:\d\d)</g)];
    expect(times.map(([, time]) => time)).toEqual(['00:00', '01:00', '02:00', '03:00']);
  });

  test('a name is text, whatever is in it', () => {
    expect(draw(minute(0, '<script>"&', 1, 1))).not.toContain('<script');
  });
});

test.each(['light', 'dark'] as const)('every line has a contrast of 3:1 with the %s ground', (ground) => {
  for (const style of LINE_STYLES) expect(contrast(style[ground], GROUND[ground])).toBeGreaterThanOrEqual(3);
});

/** As WCAG 2.2 has it. */
function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].toSorted((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
