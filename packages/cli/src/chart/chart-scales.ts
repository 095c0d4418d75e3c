import { scaleLinear, scaleUtc, type ScaleLinear, type ScaleTime } from 'd3-scale';
import type { ProviderSeries } from './conversion.ts';

const WIDTH = 1_000;
const HEAD = 74;
const LEGEND_ROW = 22;
const LEGEND_GAP = 14;
const PLOT_HEIGHT = 360;
const FOOT = 62;
const LEFT = 58;
/** For the names at the lines' ends. */
const RIGHT = 190;
/** Less of the axis would make a mountain of every chance. */
const SPAN_MIN = 0.2;
const Y_TICKS = 6;
const X_TICKS = 8;

/** Where everything is, in the picture's own units. */
export interface ChartScales {
  width: number;
  height: number;
  plot: { left: number; right: number; top: number; bottom: number };
  legendY: (row: number) => number;
  x: ScaleTime<number, number>;
  y: ScaleLinear<number, number>;
  xTicks: Date[];
  yTicks: number[];
}

export function createScales(series: readonly ProviderSeries[], stepMs: number): ChartScales {
  const points = series.flatMap((each) => each.points);
  const worst = points.reduce((low, { share }) => Math.min(low, share), 1);
  const lowest = Math.min(Math.floor(worst * 10) / 10, 1 - SPAN_MIN);
  const top = HEAD + series.length * LEGEND_ROW + LEGEND_GAP;
  const plot = { left: LEFT, right: WIDTH - RIGHT, top, bottom: top + PLOT_HEIGHT };
  // the time that was asked for as far as there is anything in it
  const starts = points.map(({ startMs }) => startMs);
  const first = starts.reduce((least, start) => Math.min(least, start), Number.POSITIVE_INFINITY);
  const last = starts.reduce((most, start) => Math.max(most, start), 0) + stepMs;
  const x = scaleUtc([first, last], [plot.left, plot.right]);
  const y = scaleLinear([lowest, 1], [plot.bottom, plot.top]).clamp(true);
  return {
    width: WIDTH,
    height: plot.bottom + FOOT,
    plot,
    legendY: (row) => HEAD + row * LEGEND_ROW,
    x,
    y,
    // of a short time there would be several in each step, under the same words
    xTicks: x.ticks(X_TICKS).filter((tick) => tick.getTime() % stepMs === 0),
    yTicks: y.ticks(Y_TICKS),
  };
}
