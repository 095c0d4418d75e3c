import type { Channel } from '@watchword/contracts';
import { qualityKeys } from './keys.ts';
import { carriedOut, type RedisConnection } from './scripts.ts';

/** Of a provider's receipts one country's are judged together. */
export interface ReceiptSource {
  provider: string;
  channel: Channel;
  country: string;
}

/** Whose receipts were found to be fakes, by the monitor that leads, for all others. */
export interface FakesStore {
  write(fakes: readonly ReceiptSource[]): Promise<void>;
  /** @returns whether the receipts of a cell's provider are fakes; of nobody before anything was written */
  read(): Promise<(cell: ReceiptSource) => boolean>;
}

/** @throws BaseError `OTP_STATE_UNAVAILABLE`, from every call */
export function createFakesStore(redis: RedisConnection, { namespace }: { namespace: string }): FakesStore {
  const { fakes: key } = qualityKeys(namespace);
  return {
    async write(fakes) {
      await carriedOut('write', redis.set(key, JSON.stringify(fakes.map(nameOf))));
    },
    async read() {
      const text = await carriedOut('read', redis.get(key));
      const names = new Set(text === null ? [] : (JSON.parse(text) as string[]));
      return (cell) => names.has(nameOf(cell));
    },
  };
}

function nameOf({ provider, channel, country }: ReceiptSource): string {
  return `${channel}|${country}|${provider}`;
}
