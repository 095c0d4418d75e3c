import type { Channel } from '@watchword/contracts';

/** Where an attempt goes: the unit that is scored. Its parents: (provider, channel, country), (provider, channel), channel. */
export interface Cell {
  provider: string;
  channel: Channel;
  /** ISO 3166-1 alpha-2; '' for e-mail. */
  country: string;
  /** MCC-MNC; '' where it is not known. */
  operator: string;
}

/** One text for one cell: a provider's name has no bar. */
export function cellKey({ provider, channel, country, operator }: Cell): string {
  return `${channel}|${country}|${operator}|${provider}`;
}

/** What `cellKey` has made. */
export function parseCellKey(key: string): Cell {
  const [channel, country, operator, provider] = key.split('|') as [Channel, string, string, string];
  return { channel, country, operator, provider };
}
