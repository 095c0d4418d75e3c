import type { Subscription } from '@watchword/bus';
import type { Logger } from 'pino';

export interface Consuming {
  /** Why events are not consumed; undefined where they are. */
  unready: () => string | undefined;
  stop: () => Promise<void>;
}

/**
 * Consumes as soon as what it needs is there, aside: a Kafka that is away does not keep the process from starting.
 *
 * @param deps.prepare false: it was stopped before it was done
 */
export function startConsuming(deps: {
  prepare: (signal: AbortSignal) => Promise<boolean>;
  consume: () => Promise<Subscription>;
  log: Logger;
}): Consuming {
  const stopping = new AbortController();
  let unready: string | undefined = 'the consumer group is not joined yet';
  const consuming = (async (): Promise<Subscription | undefined> => {
    if (!(await deps.prepare(stopping.signal))) return undefined;
    return deps.consume();
  })();
  consuming
    .then(async (subscription) => {
      await subscription?.joined();
      unready = undefined;
    })
    .catch((error: unknown) => {
      if (stopping.signal.aborted) return; // stopped before it had joined
      unready = 'events cannot be consumed';
      deps.log.fatal({ err: error }, unready);
    });
  return {
    unready: () => unready,
    async stop() {
      stopping.abort();
      await (await consuming.catch(() => undefined))?.stop(); // what it failed with is logged and keeps it unready
    },
  };
}
