import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@watchword/bus';
import {
  HEARTBEAT_MS,
  createHeartbeats,
  createIdempotencyStore,
  createOutboxPublisher,
  createStore,
  type IdempotencyStore,
  type LivingProcess,
  type OutboxPublisher,
  type VerificationStore,
} from '@watchword/verification';
import type { Cluster, Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { countEvents } from './count-events.ts';
import { createPublisher, type PublishEvent } from './create-publisher.ts';

/** A way to the verifications, with the outbox shipped and this process's heartbeat kept. */
export interface State {
  store: VerificationStore;
  idempotency: IdempotencyStore;
  outbox: OutboxPublisher;
  publish: PublishEvent;
  /** Who is alive, by the last heartbeat. */
  living: () => readonly LivingProcess[];
  close(): Promise<void>;
}

export interface OpenStateOptions {
  redis: Redis | Cluster;
  bus: Bus;
  namespace: string;
  region: string;
  /** The service: `ingest`, `verify`, … */
  role: string;
  instance: string;
  log: Logger;
  metrics: Registry;
}

/**
 * Opens the state for one service. While its heartbeat beats, what its scripts put into outboxes is its own to ship; once it
 * is gone the dispatcher ships it.
 */
export function openState(options: OpenStateOptions): State {
  const { redis, bus, namespace, role, instance, log } = options;
  const store = createStore(redis, { namespace, owner: instance, onEvent: countEvents(options.metrics) });
  const heartbeats = createHeartbeats(redis, { namespace, role, instance });
  const publish = createPublisher(bus, options.region);
  const outbox = createOutboxPublisher(
    publish,
    async (bucket, streamIds) => store.removeShipped(bucket, streamIds),
    (error) => log.warn({ err: error }, 'an event could not be published; it stays in the outbox'),
  );
  const stopping = new AbortController();
  let living: readonly LivingProcess[] = [];
  const beating = (async () => {
    while (!stopping.signal.aborted) {
      try {
        living = await heartbeats.beat();
      } catch (error) {
        log.debug({ err: error }, 'no heartbeat'); // Redis is away, which its own connection has told
      }
      await sleep(HEARTBEAT_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();
  return {
    store,
    idempotency: createIdempotencyStore(redis, { namespace }),
    outbox,
    publish,
    living: () => living,
    async close() {
      await outbox.drain();
      stopping.abort();
      await beating;
      await heartbeats.leave().catch((error: unknown) => log.debug({ err: error }, 'no farewell')); // it times out by itself
    },
  };
}
