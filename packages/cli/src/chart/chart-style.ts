/**
 * How a provider's line looks. Three marks beside the colour, for who cannot tell colours apart and for print: dashes, the shape
 * of the points, and the name at the line's end. The colours are Okabe and Ito's, made darker or lighter until each has a contrast of
 * 3:1 with its ground (WCAG 1.4.11).
 */
export interface LineStyle {
  light: string;
  dark: string;
  /** Of SVG's `stroke-dasharray`. */
  dash: string;
  mark: 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star';
}

export const LINE_STYLES: readonly LineStyle[] = [
  { light: '#0072b2', dark: '#56b4e9', dash: 'none', mark: 'circle' },
  { light: '#c04f00', dark: '#ff9a4d', dash: '8 4', mark: 'square' },
  { light: '#00805c', dark: '#2fcfa0', dash: '2 3', mark: 'triangle' },
  { light: '#b0508a', dark: '#f0a3cf', dash: '10 4 2 4', mark: 'diamond' },
  { light: '#8a6d00', dark: '#f0d24b', dash: '14 4', mark: 'cross' },
  { light: '#555555', dark: '#c8c8c8', dash: '5 2 2 2 2 2', mark: 'star' },
];

export const GROUND = { light: '#ffffff', dark: '#14171a' };
const INK = { light: '#1b1f23', dark: '#e8eaed' };
const FAINT = { light: '#59636e', dark: '#a8b0b8' };
const GRID = { light: '#e1e4e8', dark: '#31373d' };

type Ground = keyof typeof GROUND;

/** For light and dark, as whoever looks has chosen. */
export function renderStyle(): string {
  const colours = (ground: Ground): string =>
    [
      `.ground{fill:${GROUND[ground]}}`,
      `text{fill:${INK[ground]}}`,
      `.faint{fill:${FAINT[ground]}}`,
      `.grid{stroke:${GRID[ground]}}`,
      `.leader{stroke:${FAINT[ground]}}`,
      ...LINE_STYLES.map((style, n) => `.s${n}{--c:${style[ground]}}`),
    ].join('');
  return [
    `text{font:13px system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}`,
    `.title{font-size:18px;font-weight:600}.name{font-weight:600}`,
    `.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}`,
    `.bar{stroke:var(--c);stroke-width:6;opacity:.25}.band{fill:var(--c);opacity:.13}.mark{fill:var(--c)}.grid{stroke-width:1}.leader{stroke-width:1}`,
    colours('light'),
    `@media (prefers-color-scheme:dark){${colours('dark')}}`,
  ].join('');
}
