import {
  area,
  line,
  symbol,
  symbolCircle,
  symbolCross,
  symbolDiamond,
  symbolSquare,
  symbolStar,
  symbolTriangle,
} from 'd3-shape';
import { createScales, type ChartScales } from './chart-scales.ts';
import { LINE_STYLES, renderStyle, type LineStyle } from './chart-style.ts';
import type { Conversion, ConversionPoint, ProviderSeries } from './conversion.ts';
import { placeLabels } from './place-labels.ts';
import type { QualityScope } from './quality-minutes.ts';

/** The square units that a point's shape covers. */
const MARK_AREA = 38;
/** The height of a line of text, so that no label lies on another. */
const LABEL_GAP = 34;
/** More shapes than these on a line lie on each other; what stands alone has one still, or it would not be seen. */
const MARKS_MAX = 100;
/** As much of a name as there is room for beside a line; the legend has all of it. */
const LABEL_CHARS_MAX = 20;
const COUNTS = new Intl.NumberFormat('en');
const MARKS = {
  circle: symbolCircle,
  square: symbolSquare,
  triangle: symbolTriangle,
  diamond: symbolDiamond,
  cross: symbolCross,
  star: symbolStar,
} as const satisfies Record<LineStyle['mark'], object>;

export interface ChartSubject extends QualityScope {
  step: 'minute' | 'hour' | 'day';
  stepMs: number;
}

/**
 * An SVG picture of providers' conversion over time: a line, its 95 % interval as a band, the name at the line's end. It loads
 * nothing and follows the light or dark scheme of who looks at it. Of more than six providers the busiest six are drawn.
 *
 * @param series the busiest first, at least one
 */
export function renderConversionChart(series: readonly ProviderSeries[], subject: ChartSubject): string {
  const drawn = series.slice(0, LINE_STYLES.length);
  const scales = createScales(drawn, subject.stepMs);
  const { width, height } = scales;
  const left = series.length - drawn.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
    `<title id="title">${escape(titleOf(subject))}</title>`,
    `<desc id="desc">${escape(describe(drawn))}</desc>`,
    `<style>${renderStyle()}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    text(scales.plot.left, 32, 'title', titleOf(subject)),
    text(
      scales.plot.left,
      54,
      'faint',
      `${subtitleOf(subject)}${left > 0 ? ` · ${left} more providers are not drawn` : ''}`,
    ),
    renderAxes(scales, subject),
    ...drawn.map((each, n) => renderLegend(each, n, scales)),
    ...drawn.map((each, n) => renderSeries(each, n, scales, subject.stepMs)),
    renderLabels(drawn, scales, subject.stepMs),
    '</svg>\n',
  ].join('\n');
}

function titleOf({ channel, country, operator }: ChartSubject): string {
  const name = { sms: 'SMS', voice: 'voice calls', email: 'e-mail' }[channel];
  const where = [country === undefined ? [] : `in ${country}`, operator === undefined ? [] : `operator ${operator}`];
  return [`Conversion by provider: ${name}`, ...where.flat()].join(', ');
}

function subtitleOf({ step }: ChartSubject): string {
  return `Of the codes sent in each ${step} (UTC), how many were typed and approved within 3 minutes. Band: 95 % interval`;
}

/** The picture in words. */
function describe(series: readonly ProviderSeries[]): string {
  const each = series.map(({ provider, points, total }) => {
    const worst = points.reduce((low, point) => (point.share < low.share ? point : low));
    return `${provider}: ${tell(total)}; lowest ${percent(worst.share)} at ${new Date(worst.startMs).toISOString().slice(0, 16)}Z.`;
  });
  return each.join(' ');
}

/** `87.4 % (86.9 to 87.9), 12,340 sent` */
function tell({ share, low, high, submitted }: Conversion): string {
  return `${percent(share)} (${(low * 100).toFixed(1)} to ${(high * 100).toFixed(1)}), ${COUNTS.format(submitted)} sent`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function renderAxes({ plot, x, y, xTicks, yTicks }: ChartScales, { stepMs }: ChartSubject): string {
  const rows = yTicks.map(
    (tick) =>
      `<line class="grid" x1="${plot.left}" x2="${plot.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>` +
      text(plot.left - 10, y(tick) + 4, 'faint', `${Math.round(tick * 100)} %`, 'end'),
  );
  const days = new Set<string>();
  const columns = xTicks.map((tick) => {
    const [day, time] = tick.toISOString().slice(0, 16).split('T') as [string, string];
    const isNew = !days.has(day);
    days.add(day);
    const words = stepMs < 86_400_000 ? text(x(tick), plot.bottom + 22, 'faint', time, 'middle') : '';
    const date = isNew ? text(x(tick), plot.bottom + (stepMs < 86_400_000 ? 40 : 22), 'faint', day, 'middle') : '';
    return `<line class="leader" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${plot.bottom}" y2="${plot.bottom + 5}"/>${words}${date}`;
  });
  return [...rows, ...columns].join('\n');
}

function renderLegend({ provider, total }: ProviderSeries, n: number, { plot, legendY }: ChartScales): string {
  const y = legendY(n) + 6;
  const x = plot.left;
  return [
    `<g class="s${n}">`,
    `<line class="line" stroke-dasharray="${LINE_STYLES[n]!.dash}" x1="${x}" x2="${x + 44}" y1="${y}" y2="${y}"/>`,
    renderMark(n, x + 22, y),
    `<text x="${x + 54}" y="${y + 4}"><tspan class="name">${escape(provider)}</tspan> ${escape(tell(total))}</text>`,
    '</g>',
  ].join('');
}

function renderSeries({ points }: ProviderSeries, n: number, { x, y }: ChartScales, stepMs: number): string {
  const middle = ({ startMs }: ConversionPoint): number => x(startMs + stepMs / 2);
  // a step without messages is a gap, not a straight line over it
  const runs = splitAtGaps(points, stepMs);
  const band = area<ConversionPoint>(
    middle,
    ({ low }) => y(low),
    ({ high }) => y(high),
  ).digits(1);
  const path = line<ConversionPoint>(middle, ({ share }) => y(share)).digits(1);
  // a band of one point would have no width
  const bar = (point: ConversionPoint): string =>
    `<line class="bar" x1="${at(middle(point))}" x2="${at(middle(point))}" y1="${at(y(point.low))}" y2="${at(y(point.high))}"/>`;
  const marked = points.length > MARKS_MAX ? runs.filter(({ length }) => length === 1).flat() : points;
  const marks = marked.map(
    (point) =>
      `<g>${renderMark(n, middle(point), y(point.share))}<title>${escape(`${new Date(point.startMs).toISOString().slice(0, 16)}Z: ${tell(point)}`)}</title></g>`,
  );
  return [
    `<g class="s${n}">`,
    ...runs.map((run) => (run.length > 1 ? `<path class="band" d="${band(run)}"/>` : bar(run[0]!))),
    ...runs.map((run) => `<path class="line" stroke-dasharray="${LINE_STYLES[n]!.dash}" d="${path(run)}"/>`),
    ...marks,
    '</g>',
  ].join('\n');
}

function splitAtGaps(points: readonly ConversionPoint[], stepMs: number): ConversionPoint[][] {
  const runs: ConversionPoint[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run && point.startMs - run.at(-1)!.startMs === stepMs) run.push(point);
    else runs.push([point]);
  }
  return runs;
}

/** The providers' names and last values beside the ends of their lines. */
function renderLabels(series: readonly ProviderSeries[], { plot, x, y }: ChartScales, stepMs: number): string {
  const ends = series.map(({ points }) => {
    const last = points.at(-1)!;
    return { x: x(last.startMs + stepMs / 2), y: y(last.share), share: last.share };
  });
  const heights = placeLabels(
    ends.map((end) => end.y),
    { gap: LABEL_GAP, top: plot.top + 6, bottom: plot.bottom - 10 },
  );
  return series
    .map(({ provider }, n) => {
      const end = ends[n]!;
      const height = heights[n]!;
      const side = plot.right + 22;
      return [
        `<g class="s${n}">`,
        `<line class="leader" x1="${at(end.x + 6)}" y1="${at(end.y)}" x2="${side - 6}" y2="${at(height)}" opacity=".5"/>`,
        renderMark(n, side + 2, height),
        text(side + 14, height + 4, 'name', shorten(provider)),
        text(side + 14, height + 19, 'faint', `${percent(end.share)} at the end`),
        '</g>',
      ].join('');
    })
    .join('\n');
}

function renderMark(n: number, x: number, y: number): string {
  const shape = symbol(MARKS[LINE_STYLES[n]!.mark], MARK_AREA).digits(2)();
  return `<path class="mark" transform="translate(${at(x)} ${at(y)})" d="${shape}"/>`;
}

function text(x: number, y: number, style: string, words: string, anchor = 'start'): string {
  return `<text class="${style}" x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escape(words)}</text>`;
}

/** A tenth of a pixel is seen by nobody. */
function at(position: number): string {
  return String(Math.round(position * 10) / 10);
}

function shorten(name: string): string {
  return name.length > LABEL_CHARS_MAX ? `${name.slice(0, LABEL_CHARS_MAX - 1)}…` : name;
}

function escape(words: string): string {
  return words.replaceAll(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
