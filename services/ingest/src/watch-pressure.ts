import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '@watchword/contracts';
import { PRESSURE_COUNTS_MS, type PressureStore } from '@watchword/verification';
import type { Logger } from 'pino';
import { NOBODY, judgePressure, type Overloaded } from './judge-pressure.ts';

/** As often as the dispatchers tell it. */
const READ_MS = 1_000;

export interface PressureWatch {
  /** Whether a start would wait too long for its first send. By what was read last: no start waits for it. */
  overloaded: (channel: Channel, tenant: string) => boolean;
  stop: () => Promise<void>;
}

/** Reads aside what the dispatchers tell of their channels. While nothing is known of them nobody is refused. */
export function watchPressure(deps: { pressure: Pick<PressureStore, 'read'>; log: Logger }): PressureWatch {
  const stopping = new AbortController();
  let judged: Overloaded = NOBODY;
  let readAt = performance.now();

  const read = async (): Promise<void> => {
    try {
      judged = judgePressure(judged, await deps.pressure.read());
      readAt = performance.now();
    } catch (error) {
      deps.log.debug({ err: error }, 'the pressure could not be read'); // Redis is away, which its own connection has told
      if (performance.now() - readAt > PRESSURE_COUNTS_MS) judged = NOBODY;
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await read();
      await sleep(READ_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();

  return {
    overloaded(channel, tenant) {
      const known = judged.get(channel);
      return known !== undefined && (known.everyone || known.tenants.has(tenant));
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
