import type { Cell } from '../cell.ts';
import { COLLAPSED_PRIOR, COLLAPSED_SHARE, collapseFactor, type CellMemory } from './cell-memory.ts';
import {
  NEWCOMER_AFTER_MS,
  newcomerKey,
  routeKey,
  type ChannelScore,
  type Score,
  type ScoreTable,
} from './score-table.ts';

/** What the parent's word weighs against a cell's own sends: operators of one provider differ by some 10 points, as 20 sends do. */
const CELL_PRIOR_SENDS = 20;
/** The same between the levels above: countries of one provider, providers of one channel. */
const PARENT_PRIOR_SENDS = 8;
/** Expected of a channel before its first sends, worth as many as between levels. It moves all providers alike. */
const CHANNEL_PRIOR_MEAN = 0.7;
/** How often a collapse concerns every operator of a provider at once, before any evidence. */
const WIDE_COLLAPSE_PRIOR = 0.02;
/** Of the standard deviation of what is believed, how much is added to the mean: a route worth knowing better is tried. */
const OPTIMISM = 0.7;
/** The variance of one send at a rate of 0.7: near enough at any rate that matters. */
const SEND_VARIANCE = 0.2;
/** Sends after which a provider is no newcomer. */
const NEWCOMER_SENDS = 200;

/** A cell with its memory, brought to the present. */
export interface KnownCell {
  cell: Cell;
  memory: CellMemory;
  /** Start of its first bucket. */
  sinceMs: number;
}

/** Sums over the cells below one parent. */
interface Pool {
  converted: number;
  exposure: number;
}

/** Everything of one provider on one channel. */
interface ProviderPool extends Pool {
  sinceMs: number;
  countries: Map<string, CountryPool>;
}

interface CountryPool extends Pool {
  cells: KnownCell[];
}

/**
 * Partial pooling: each level is drawn to the one above it, the less it knows by itself the more. A cell without sends has exactly
 * its parent's mean. @param known in a fixed order, see `byCell`
 */
export function poolScores(known: readonly KnownCell[], nowMs: number): ScoreTable {
  const routes = new Map<string, Map<string, Score>>();
  const newcomers = new Set<string>();
  const channels = new Map<string, ChannelScore>();
  for (const [channel, providers] of poolChannels(known)) {
    const channelMean = meanOf(sumOf(providers.values()), CHANNEL_PRIOR_MEAN);
    const sinceMs = Math.min(...[...providers.values()].map((provider) => provider.sinceMs));
    channels.set(channel, { sinceMs, unseen: toScore(channelMean, 0, 0, COLLAPSED_PRIOR) });
    for (const [provider, pool] of providers) {
      const mean = meanOf(pool, channelMean);
      put(routes, routeKey(channel), provider, toScore(mean, pool.exposure, 0, COLLAPSED_PRIOR));
      if (pool.exposure < NEWCOMER_SENDS && pool.sinceMs >= sinceMs + NEWCOMER_AFTER_MS)
        newcomers.add(newcomerKey(channel, provider));
      for (const [country, ofCountry] of pool.countries)
        scoreCountry(routes, { channel, country, provider }, ofCountry, mean);
    }
  }
  return { atMs: nowMs, channels, routes, newcomers };
}

function scoreCountry(
  routes: Map<string, Map<string, Score>>,
  { channel, country, provider }: Omit<Cell, 'operator'>,
  pool: CountryPool,
  parentMean: number,
): void {
  const mean = meanOf(pool, parentMean);
  const wide = wideCollapse(pool.cells);
  put(routes, routeKey(channel, country), provider, toScore(mean, pool.exposure, 0, wide));
  for (const { cell, memory } of pool.cells) {
    const { exposure, converted, collapseOdds } = memory;
    const own = (CELL_PRIOR_SENDS * mean + converted) / (CELL_PRIOR_SENDS + exposure);
    const collapse = wide + (1 - wide) * (collapseOdds / (1 + collapseOdds));
    put(routes, routeKey(channel, country, cell.operator), provider, toScore(own, exposure, exposure, collapse));
  }
}

/** @param ownSends of the cell itself: a parent's score is that of a cell without any */
function toScore(mean: number, n: number, ownSends: number, collapse: number): Score {
  const left = 1 - collapse * (1 - COLLAPSED_SHARE);
  const spread = Math.sqrt(SEND_VARIANCE / (ownSends + CELL_PRIOR_SENDS));
  return { mean: mean * left, upper: (mean + OPTIMISM * spread) * left, n, collapse };
}

/**
 * How probable it is that a provider has collapsed with every operator of a country: what all its cells together say. One cell's
 * collapse beside healthy ones says little about them; two or three at once say that the others will follow.
 */
function wideCollapse(cells: readonly KnownCell[]): number {
  let logOdds = Math.log(WIDE_COLLAPSE_PRIOR / (1 - WIDE_COLLAPSE_PRIOR));
  for (const { memory } of cells) {
    const factor = collapseFactor(memory);
    logOdds += Math.log(factor / (1 - COLLAPSED_PRIOR + COLLAPSED_PRIOR * factor));
  }
  return 1 / (1 + Math.exp(-logOdds));
}

function poolChannels(known: readonly KnownCell[]): Map<Cell['channel'], Map<string, ProviderPool>> {
  const channels = new Map<Cell['channel'], Map<string, ProviderPool>>();
  for (const each of known) {
    const { cell, memory, sinceMs } = each;
    const providers = entry(channels, cell.channel, () => new Map<string, ProviderPool>());
    const provider = entry(providers, cell.provider, (): ProviderPool => ({
      ...NOTHING,
      sinceMs,
      countries: new Map(),
    }));
    const country = entry(provider.countries, cell.country, (): CountryPool => ({ ...NOTHING, cells: [] }));
    country.cells.push(each);
    provider.sinceMs = Math.min(provider.sinceMs, sinceMs);
    for (const pool of [provider, country]) {
      pool.converted += memory.converted;
      pool.exposure += memory.exposure;
    }
  }
  return channels;
}

const NOTHING: Pool = { converted: 0, exposure: 0 };

function sumOf(pools: Iterable<Pool>): Pool {
  const sum = { ...NOTHING };
  for (const { converted, exposure } of pools) {
    sum.converted += converted;
    sum.exposure += exposure;
  }
  return sum;
}

function meanOf({ converted, exposure }: Pool, parentMean: number): number {
  return (PARENT_PRIOR_SENDS * parentMean + converted) / (PARENT_PRIOR_SENDS + exposure);
}

function put(routes: Map<string, Map<string, Score>>, key: string, provider: string, score: Score): void {
  entry(routes, key, () => new Map<string, Score>()).set(provider, score);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
