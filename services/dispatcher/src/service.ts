import { CHANNELS, DISPATCHER_GROUP, TOPICS, type Channel } from '@watchword/contracts';
import { createDeliveryQueue, type DeliveryQueue, type QueueConnection } from '@watchword/queues';
import {
  LONGEST_SEND_WINDOW_MS,
  defineService,
  ensureTopics,
  openState,
  sendWindows,
  type ServiceConfig,
} from '@watchword/runtime';
import { createPressureStore } from '@watchword/verification';
import type { Logger } from 'pino';
import { createDeadlineWork } from './carry-out-deadlines.ts';
import { compareClocks } from './compare-clocks.ts';
import { consumeEvents } from './consume-events.ts';
import { deferWaiting } from './defer-waiting.ts';
import { createEnqueue } from './enqueue-commands.ts';
import { createGateMetrics } from './gate-metrics.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { createMover } from './move-verification.ts';
import { openGates } from './open-gates.ts';
import { rememberOwned } from './own-buckets.ts';
import { recoverBuckets } from './recover-buckets.ts';
import { createMerger } from './recover-events.ts';
import { createOrphanShipper } from './ship-orphans.ts';
import { startConsuming } from './start-consuming.ts';
import { watchBuckets } from './watch-buckets.ts';

/** Without a look at its buckets for this long a dispatcher is not ready. */
const LOOK_MAX_MS = 5_000;

/** Decides every verification's next move: requests, receipts, deadlines → plan → queues. Ships orphaned events. */
export const dispatcher = defineService({
  name: DISPATCHER_GROUP,
  keyRoles: [],
  usesQueue: true,
  start: async (config, { log, metrics, bus, redis, spans, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'dispatcher', instance, log, metrics });
    const counts = createDispatcherMetrics(metrics);
    const queues = openQueues(config, redis.queue('background'), log);
    const windows = new Map(config.tenants.map(({ id, limits }) => [id, sendWindows(limits.recipient)]));
    const gates = openGates({
      queues,
      instance,
      highWater: config.dispatcher.highWater,
      dispatchers: () => state.living().filter(({ role }) => role === 'dispatcher').length,
      store: state.store,
      pressure: createPressureStore(redis.state, { namespace }),
      counts: createGateMetrics(metrics),
      log,
    });
    const own = rememberOwned(instance);
    const move = createMover({
      store: state.store,
      outbox: state.outbox,
      gate: gates.gate,
      owns: (bucket) => own(state.living()).includes(bucket),
      enqueue: createEnqueue(queues, spans),
      sendWindows: (tenant) => windows.get(tenant) ?? sendWindows(config.limits.recipient),
      onMove: counts.move,
      spans,
    });
    gates.start(async (id) => move(id, 'deadline'));
    const consuming = startConsuming({
      prepare: async (signal) => ensureTopics(bus, TOPICS, config.kafka.replicationFactor, log, signal),
      consume: async () =>
        consumeEvents({
          bus,
          store: state.store,
          move,
          longestWindowMs: LONGEST_SEND_WINDOW_MS,
          onReceipt: counts.receipt,
          onRequest: counts.request,
          onClocks: compareClocks({ log, onBehind: counts.brokerBehind }),
        }),
      log,
    });
    const watch = watchBuckets({
      store: state.store,
      deadlines: deferWaiting(createDeadlineWork({ move, log }), { store: state.store, gate: gates.gate, log }),
      orphans: createOrphanShipper({
        store: state.store,
        publish: async (event) => state.publish(event),
        onQuarantine: counts.quarantine,
        log,
      }),
      recoverer: recoverBuckets({
        store: state.store,
        read: async (options) => bus.read(options),
        merge: createMerger({
          store: state.store,
          outbox: state.outbox,
          longestWindowMs: LONGEST_SEND_WINDOW_MS,
          onMerge: counts.merge,
        }),
        callMs: config.delivery.attemptTimeoutMs,
        instance,
        log,
        onRecovering: counts.recovering,
        onRecovered: counts.recovered,
      }),
      instance,
      living: state.living,
      pollMs: config.dispatcher.pollMs,
      log,
      onLook: counts.look,
    });
    return {
      ready: () => {
        const unready = consuming.unready();
        if (unready !== undefined) return { ready: false, reason: unready };
        if (watch.sinceLookMs() > LOOK_MAX_MS) return { ready: false, reason: 'deadlines are not looked at' };
        return { ready: true };
      },
      // intake first, then deadlines, then who waits (the state keeps them), then what is still being published; others take
      // over the buckets at once
      stop: async () => {
        await consuming.stop();
        await watch.stop();
        await gates.stop();
        await state.close();
        await Promise.all([...queues.values()].map(async (queue) => queue.close()));
      },
    };
  },
});

function openQueues(
  { redis: { namespace }, delivery: { shards } }: ServiceConfig,
  connection: QueueConnection,
  log: Logger,
): Map<Channel, DeliveryQueue> {
  return new Map(
    CHANNELS.map((channel) => [channel, createDeliveryQueue({ connection, namespace, channel, shards }, { log })]),
  );
}
