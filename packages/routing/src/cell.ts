import type { Channel } from '@watchword/contracts';

/** Where an attempt goes: the unit that is scored. */
export interface Cell {
  provider: string;
  channel: Channel;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  /** MCC-MNC; '' where it is not known. */
  operator: string;
}

/**
 * A cell's own key and those of its parents, nearest first: (provider, channel, country), (provider, channel), channel.
 * The number of separators tells the level, so that a cell without operator is not its parent.
 */
export function lineageOf({ provider, channel, country, operator }: Cell): [string, string, string, string] {
  const providerKey = `${channel}|${provider}`;
  const countryKey = `${providerKey}|${country}`;
  return [`${countryKey}|${operator}`, countryKey, providerKey, channel];
}
