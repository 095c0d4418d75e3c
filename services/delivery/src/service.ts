import { CHANNELS, type Channel } from '@watchword/contracts';
import { createScoreReader, followScores } from '@watchword/quality';
import { defineService, openState, type Service } from '@watchword/runtime';
import { createDeliveryMetrics } from './metrics.ts';
import { startWorker } from './start-worker.ts';

/**
 * The workers of some channels: take a send, choose a provider, submit, settle. In production each channel has its own
 * deployment; standalone runs all of them at once, so that they stop together too.
 */
export function delivery(channels: readonly Channel[], debug: string | undefined): Service {
  const role = channels.length === 1 ? `delivery-${channels[0]}` : 'delivery';
  return defineService({
    name: role,
    keyRoles: ['seal', 'pepper'],
    providerSecrets: 'submit',
    usesQueue: true,
    readyWithoutBus: true,
    start: async (config, { log, metrics, bus, redis, keys, spans, instance }) => {
      const { region } = config;
      const { namespace } = config.redis;
      const state = openState({ redis: redis.state, bus, namespace, region, role, instance, log, metrics });
      const counts = createDeliveryMetrics(metrics);
      const following = followScores(createScoreReader(redis.state, { namespace }));
      const workers = channels.map((channel) =>
        startWorker({
          config,
          channel,
          debug,
          state,
          keys,
          connection: redis.queue('worker'),
          bus,
          log,
          counts,
          scores: following.scores,
          spans,
        }),
      );
      return {
        ready: () => {
          const idle = workers.find((worker) => !worker.running());
          return idle ? { ready: false, reason: `the worker of ${idle.channel} does not run` } : { ready: true };
        },
        // no new jobs anywhere, those under way are settled, then their events are shipped
        stop: async () => {
          await Promise.all(workers.map(async (worker) => worker.stop()));
          await following.stop();
          await state.close();
        },
      };
    },
  });
}

/** @throws Error where it names no channel */
export function parseChannel(text: string | undefined): Channel {
  const channel = CHANNELS.find((each) => each === text);
  if (!channel) throw new Error(`CHANNEL must be one of ${CHANNELS.join(', ')}: each channel has its own deployment.`);
  return channel;
}
