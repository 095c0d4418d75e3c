import { createOperatorOfNumber } from '@watchword/policy';
import { createWideLimits } from '@watchword/risk';
import { defineService, openState } from '@watchword/runtime';
import { createPressureStore } from '@watchword/verification';
import { createAsk } from './ask-for-send.ts';
import { createFairGate } from './ingress/fair-gate.ts';
import { STARTS_AT_ONCE } from './ingress/consume-ingress.ts';
import { openIngress } from './ingress/open-ingress.ts';
import { countIngress, countStarts } from './metrics.ts';
import { createRoutes } from './routes.ts';
import { createEntrance } from './start-entrance.ts';
import { createLimitHash } from './start-verification.ts';
import { watchPressure } from './watch-pressure.ts';

const VERSION = '0.1.0';

/** Starts verifications, by HTTP and from Kafka: authenticates, validates, admits, publishes the request, answers. */
export const ingest = defineService({
  name: 'ingest',
  keyRoles: ['seal', 'lookup', 'ingress'],
  optionalKeyRoles: ['ingress'],
  start: async (config, deps) => {
    const { log, metrics, bus, redis, keys, spans, instance } = deps;
    const { namespace } = config.redis;
    const { region, providers } = config;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'ingest', instance, log, metrics });
    const limits = createWideLimits(redis.state, { namespace, hash: createLimitHash(keys) });
    const ask = createAsk({ store: state.store, keys, limits, spans });
    const onStart = countStarts(metrics);
    const pressure = watchPressure({ pressure: createPressureStore(redis.state, { namespace }), log });
    const { overloaded } = pressure;
    const operatorOfNumber = createOperatorOfNumber();
    const starting = { state, keys, limits, ask, operatorOfNumber, overloaded, onStart };
    const prepare = createEntrance({ ...starting, providers, region, spans });
    const ingressKeys = keys.roles.includes('ingress') ? keys : undefined;
    const routes = createRoutes({
      state,
      idempotency: { store: state.idempotency, keys },
      region,
      version: VERSION,
      tenants: config.tenants,
      providers,
      prepare,
      ask,
      spans,
      ingressKeys,
    });
    const gate = createFairGate(STARTS_AT_ONCE);
    const onVerdict = countIngress(metrics, gate);
    const ingress = openIngress({ config, deps, keys, ingressKeys, state, prepare, gate, onVerdict });
    return {
      routes,
      ready: ingress.ready,
      // what is taken in first, then what is still being published
      stop: async () => {
        await ingress.stop();
        await pressure.stop();
        await state.close();
      },
    };
  },
});
