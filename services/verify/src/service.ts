import { METRICS, counterOf } from '@watchword/metrics';
import { defineService, openState } from '@watchword/runtime';
import { createRoutes } from './routes.ts';

/** Checks codes: one script in Redis, never a wait for Kafka. */
export const verify = defineService({
  name: 'verify',
  keyRoles: ['pepper', 'lookup'],
  readyWithoutBus: true,
  start: async (config, { log, metrics, bus, redis, keys, spans, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'verify', instance, log, metrics });
    const checks = counterOf(metrics, METRICS.checks);
    const routes = createRoutes({
      state,
      keys,
      region,
      spans,
      tenants: config.tenants,
      onCheck: (outcome) => checks.inc({ outcome }),
    });
    return { routes, stop: async () => state.close() };
  },
});
