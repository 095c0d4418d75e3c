import { CHANNELS, type Channel } from '@watchword/contracts';
import {
  createBreakerStore,
  createScoreReader,
  followScores,
  NO_BREAKERS,
  parseBreakerName,
  shareBreakers,
} from '@watchword/quality';
import { defineService, openState, type Service } from '@watchword/runtime';
import type { Logger } from 'pino';
import { followControls } from './follow-controls.ts';
import { createDeliveryMetrics, type DeliveryMetrics } from './metrics.ts';
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
      const breakers = config.routing.breakers
        ? shareBreakers(createBreakerStore(redis.state, { namespace }), (name, to) =>
            tellBreaker({ counts, log }, name, to),
          )
        : NO_BREAKERS;
      const controlling = await followControls({ bus, log, metrics });
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
          breakers,
          controls: controlling.controls,
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
          await breakers.stop();
          await controlling.stop();
          await state.close();
        },
      };
    },
  });
}

/** A provider's is said, a cell's only counted: there may be thousands. */
function tellBreaker(
  { counts, log }: { counts: DeliveryMetrics; log: Logger },
  name: string,
  to: 'open' | 'closed',
): void {
  const { scope, provider } = parseBreakerName(name)!;
  if (scope === 'soft') return;
  counts.breaker(provider, scope, to);
  if (scope === 'cell') return;
  if (to === 'open') log.warn({ provider }, 'calls to the provider fail: it gets none but probes');
  else log.info({ provider }, 'the provider answers again: it gets its traffic back');
}

/** @throws Error where it names no channel */
export function parseChannel(text: string | undefined): Channel {
  const channel = CHANNELS.find((each) => each === text);
  if (!channel) throw new Error(`CHANNEL must be one of ${CHANNELS.join(', ')}: each channel has its own deployment.`);
  return channel;
}
