import { defineService, openState } from '@watchword/runtime';
import { Counter } from 'prom-client';
import { createRoutes } from './routes.ts';

/** Checks codes: one script in Redis, never a wait for Kafka. */
export const verify = defineService({
  name: 'verify',
  keyRoles: ['pepper', 'lookup'],
  readyWithoutBus: true,
  start: async (config, { log, metrics, bus, redis, keys, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'verify', instance, log });
    const checks = new Counter({
      name: 'watchword_checks_total',
      help: 'Checks of codes by what came of them.',
      labelNames: ['outcome'],
      registers: [metrics],
    });
    const routes = createRoutes({
      state,
      keys,
      region,
      tenants: config.tenants,
      onCheck: (outcome) => checks.inc({ outcome }),
    });
    return { routes, stop: async () => state.close() };
  },
});
