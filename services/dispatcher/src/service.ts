import { CHANNELS, DISPATCHER_GROUP, type Channel } from '@watchword/contracts';
import { createDeliveryQueue, type DeliveryQueue } from '@watchword/queues';
import { LONGEST_SEND_WINDOW_MS, defineService, openState, sendWindows } from '@watchword/runtime';

import type { Command } from '@watchword/verification';
import { consumeEvents } from './consume-events.ts';
import { createDispatcherMetrics } from './metrics.ts';
import { createMover } from './move-verification.ts';
import { watchBuckets } from './watch-buckets.ts';

/** Without a look at its buckets for this long a dispatcher is not ready. */
const LOOK_MAX_MS = 5_000;

/** Decides every verification's next move: requests, receipts, deadlines → plan → queues. Ships orphaned events. */
export const dispatcher = defineService({
  name: DISPATCHER_GROUP,
  keyRoles: [],
  usesQueue: true,
  start: async (config, { log, metrics, bus, redis, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'dispatcher', instance, log });
    const counts = createDispatcherMetrics(metrics);
    const queues = new Map(
      CHANNELS.map((channel) => [
        channel,
        createDeliveryQueue(
          { connection: redis.queue('background'), namespace, channel, shards: config.delivery.shards },
          { log },
        ),
      ]),
    );
    const windows = new Map(config.tenants.map(({ id, limits }) => [id, sendWindows(limits.recipient)]));
    const move = createMover({
      store: state.store,
      outbox: state.outbox,
      enqueue: async (id, commands) => enqueue(queues, id, commands),
      sendWindows: (tenant) => windows.get(tenant) ?? sendWindows(config.limits.recipient),
      onMove: counts.move,
    });
    const subscription = await consumeEvents({
      bus,
      store: state.store,
      move,
      longestWindowMs: LONGEST_SEND_WINDOW_MS,
      onReceipt: counts.receipt,
      onRequest: counts.request,
    });
    const watch = watchBuckets({
      store: state.store,
      outbox: state.outbox,
      move,
      instance,
      living: state.living,
      pollMs: config.dispatcher.pollMs,
      log,
      onLook: counts.look,
    });
    return {
      ready: () =>
        watch.sinceLookMs() < LOOK_MAX_MS ? { ready: true } : { ready: false, reason: 'deadlines are not looked at' },
      // intake first, then deadlines, then what is still being published; others take over the buckets at once
      stop: async () => {
        await subscription.stop();
        await watch.stop();
        await state.close();
        await Promise.all([...queues.values()].map(async (queue) => queue.close()));
      },
    };
  },
});

async function enqueue(
  queues: ReadonlyMap<Channel, DeliveryQueue>,
  verificationId: string,
  commands: readonly Command[],
): Promise<void> {
  for (const { channel, step, send, n } of commands) {
    await queues.get(channel)!.addAll([{ verificationId, step, send, n }]);
  }
}
