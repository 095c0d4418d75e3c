import type { Channel } from '@watchword/contracts';
import type { Cell } from '../cell.ts';

/** What is expected of one provider on one route. */
export interface Score {
  /** Expected share of sends that convert, 0 to 1. */
  mean: number;
  /** What the choice compares: the mean plus what a better knowledge might add. */
  upper: number;
  /** Sends that it rests on, of the cell's own and of late; fewer than it has had. */
  n: number;
  /** Probability that the cell is collapsed just now. */
  collapse: number;
}

/** Of one route: by provider. */
export type RouteScores = ReadonlyMap<string, Score>;

/** What is believed of a provider that has never been used on a channel. */
export interface ChannelScore {
  /** Start of the channel's first bucket that is kept: who appears long after it is a newcomer. */
  sinceMs: number;
  unseen: Score;
}

/**
 * All scores at one moment. A route is named by its channel, or channel and country, or all three; the shorter ones are the
 * parents and speak for the longer ones that have never been used.
 */
export interface ScoreTable {
  /** As of when; 0 before anything was learned. */
  atMs: number;
  channels: ReadonlyMap<string, ChannelScore>;
  routes: ReadonlyMap<string, RouteScores>;
  /** Providers that came to a channel long after others, until enough is known of them: `<channel>|<provider>`. */
  newcomers: ReadonlySet<string>;
}

/** Nothing is known yet: the router goes by priority. */
export const NO_SCORES: ScoreTable = { atMs: 0, channels: new Map(), routes: new Map(), newcomers: new Set() };

/** Who is first seen so long after the channel itself is a newcomer; providers of a new deployment all begin together. */
export const NEWCOMER_AFTER_MS = 86_400_000;

export function routeKey(channel: Channel, country?: string, operator?: string): string {
  if (country === undefined) return channel;
  return operator === undefined ? `${channel}|${country}` : `${channel}|${country}|${operator}`;
}

export function newcomerKey(channel: Channel, provider: string): string {
  return `${channel}|${provider}`;
}

/** The scores of one route, looked up once for all its candidates. */
export interface RouteView {
  /** @returns undefined before anything was learned of the channel */
  scoreOf(provider: string): Score | undefined;
  isNewcomer(provider: string): boolean;
}

/** Every provider's nearest score: the cell's own, else its parents'. */
export function viewRoute(table: ScoreTable, channel: Channel, country: string, operator: string): RouteView {
  const ofChannel = table.channels.get(channel);
  const own = table.routes.get(routeKey(channel, country, operator));
  const parent = table.routes.get(routeKey(channel, country));
  const wide = table.routes.get(channel);
  const late = ofChannel !== undefined && table.atMs - ofChannel.sinceMs >= NEWCOMER_AFTER_MS;
  return {
    scoreOf: (provider) => own?.get(provider) ?? parent?.get(provider) ?? wide?.get(provider) ?? ofChannel?.unseen,
    isNewcomer: (provider) => late && (!wide?.has(provider) || table.newcomers.has(newcomerKey(channel, provider))),
  };
}

/** The cell's own score, not its parents': undefined where it has not been scored. */
export function scoreOfCell(table: ScoreTable, { channel, country, operator, provider }: Cell): Score | undefined {
  return table.routes.get(routeKey(channel, country, operator))?.get(provider);
}

/** A table as JSON has it: what is shared between processes. */
export interface SerialisedScoreTable {
  atMs: number;
  channels: Record<string, ChannelScore>;
  routes: Record<string, Record<string, Score>>;
  newcomers: string[];
}

export function serialiseScores({ atMs, channels, routes, newcomers }: ScoreTable): SerialisedScoreTable {
  return {
    atMs,
    channels: Object.fromEntries(channels),
    routes: Object.fromEntries([...routes].map(([key, scores]) => [key, Object.fromEntries(scores)])),
    newcomers: [...newcomers],
  };
}

export function deserialiseScores({ atMs, channels, routes, newcomers }: SerialisedScoreTable): ScoreTable {
  return {
    atMs,
    channels: new Map(Object.entries(channels)),
    routes: new Map(Object.entries(routes).map(([key, scores]) => [key, new Map(Object.entries(scores))])),
    newcomers: new Set(newcomers),
  };
}
