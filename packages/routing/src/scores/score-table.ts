import type { Cell } from '../cell.ts';
import { INCIDENT_LEFT, INCIDENT_PRIOR_ODDS, NOTHING, PRIOR_CONVERSION, type Memory } from './memory.ts';

/** What is expected of a provider for the next send of a cell. */
export interface Score {
  /** The conversion that is expected, 0 to 1: what choices are made by. */
  expected: number;
  /** Effective sends that it rests on. */
  trials: number;
  /** How likely an incident is, 0 to 1; its effect is in `expected`. */
  incident: number;
}

/** Scores by cell: what a router reads. */
export interface ScoreTable {
  /** Of any cell, whether it has ever been used or not: what is not known of it is known of its parents. */
  scoreOf(cell: Cell): Score;
}

/** A cell's own sends weigh as much as its parents' word once there are so many of them. */
const CELL_PRIOR = 30;
/** The same for a provider in a country, and for a provider among all of its channel. */
const PARENT_PRIOR = 8;
/** What is little known might be better than it looks: the benefit of the doubt, of the spread of a mean of so many. */
const DOUBT = 0.5;
/** p(1-p) of a conversion around 0.7. */
const VARIANCE = 0.2;
/** How likely it is at any time that all of a provider in a country is broken. */
const WIDE_PRIOR = 0.02;
const INCIDENT_PRIOR = INCIDENT_PRIOR_ODDS / (1 + INCIDENT_PRIOR_ODDS);

/** Cells whose score is kept once it was asked for, some 100 bytes each: ten providers in 200 countries with five operators are 10,000. */
const KNOWN_MAX = 50_000;

interface Sum {
  converted: number;
  trials: number;
}

/**
 * Scores from memories: a cell is drawn to its provider in its country, that one to its provider elsewhere, that one to its channel, each
 * by what it knows itself. An incident in some operators of a country makes one in the others likely.
 *
 * @param memories by cell, of one moment
 */
export function createScoreTable(memories: Iterable<readonly [Cell, Memory]>): ScoreTable {
  const cells = new Map<string, Memory>();
  const byCountry = new Map<string, Sum & { logOdds: number }>();
  const byProvider = new Map<string, Sum>();
  const byChannel = new Map<string, Sum>();
  for (const [cell, memory] of memories) {
    const { channel, provider, country, operator } = cell;
    cells.set(`${channel}|${provider}|${country}|${operator}`, memory);
    addTo(byChannel, channel, memory);
    addTo(byProvider, `${channel}|${provider}`, memory);
    const key = `${channel}|${provider}|${country}`;
    const sum = byCountry.get(key) ?? { converted: 0, trials: 0, logOdds: Math.log(WIDE_PRIOR / (1 - WIDE_PRIOR)) };
    const evidence = memory.incidentOdds / INCIDENT_PRIOR_ODDS;
    byCountry.set(key, {
      converted: sum.converted + memory.converted,
      trials: sum.trials + memory.trials,
      logOdds: sum.logOdds + Math.log(evidence) - Math.log(1 - INCIDENT_PRIOR + INCIDENT_PRIOR * evidence),
    });
  }

  const known = new Map<string, Score>();
  const judge = ({ channel, provider, country }: Cell, own: Memory): Score => {
    const inCountry = byCountry.get(`${channel}|${provider}|${country}`);
    const everywhere = byProvider.get(`${channel}|${provider}`);
    const channelMean = pooled(byChannel.get(channel), PRIOR_CONVERSION, PARENT_PRIOR);
    // what the country itself has told is left out above it, or it would count twice
    const elsewhere = everywhere && {
      converted: everywhere.converted - (inCountry?.converted ?? 0),
      trials: everywhere.trials - (inCountry?.trials ?? 0),
    };
    const providerMean = pooled(elsewhere, channelMean, PARENT_PRIOR);
    const countryMean = pooled(inCountry, providerMean, PARENT_PRIOR);
    const mean = pooled(own, countryMean, CELL_PRIOR) + DOUBT * Math.sqrt(VARIANCE / (own.trials + CELL_PRIOR));
    const wide = inCountry ? 1 / (1 + Math.exp(-inCountry.logOdds)) : WIDE_PRIOR;
    const incident = wide + (1 - wide) * (own.incidentOdds / (1 + own.incidentOdds));
    return { expected: Math.min(1, mean) * (1 - incident * (1 - INCIDENT_LEFT)), trials: own.trials, incident };
  };

  return {
    scoreOf(cell) {
      const key = `${cell.channel}|${cell.provider}|${cell.country}|${cell.operator}`;
      let score = known.get(key);
      if (!score) {
        score = judge(cell, cells.get(key) ?? NOTHING);
        if (known.size < KNOWN_MAX) known.set(key, score);
      }
      return score;
    },
  };
}

function addTo(sums: Map<string, Sum>, key: string, { converted, trials }: Sum): void {
  const sum = sums.get(key);
  sums.set(key, { converted: (sum?.converted ?? 0) + converted, trials: (sum?.trials ?? 0) + trials });
}

function pooled(sum: Sum | undefined, prior: number, weight: number): number {
  return (weight * prior + (sum?.converted ?? 0)) / (weight + (sum?.trials ?? 0));
}
