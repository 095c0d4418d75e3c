import type { Channel } from '@watchword/contracts';
import type { Cell } from '@watchword/routing';

/** `channel|provider|country|operator`: a cell's name in Redis and the key of its events. */
export function cellKey({ channel, provider, country, operator }: Cell): string {
  return `${channel}|${provider}|${country}|${operator}`;
}

export function parseCellKey(key: string): Cell {
  const [channel, provider, country, operator] = key.split('|') as [Channel, string, string, string];
  return { channel, provider, country, operator };
}
