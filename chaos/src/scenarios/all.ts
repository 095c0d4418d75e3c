import { KAFKA_SCENARIOS } from './kafka.ts';
import { PROVIDER_SCENARIOS } from './providers.ts';
import { REDIS_SCENARIOS } from './redis.ts';
import type { Scenario } from './scenario.ts';
import { SERVICE_SCENARIOS } from './services.ts';

/** Every scenario, in the order of docs/promises.md. */
export const SCENARIOS: readonly Scenario[] = [
  ...SERVICE_SCENARIOS,
  ...REDIS_SCENARIOS,
  ...KAFKA_SCENARIOS,
  ...PROVIDER_SCENARIOS,
];

/** The five that broke most while this was built: what `npm test` plays, on one stage. */
export const SHORT = ['kill-all', 'redis-killed', 'provider-hang', 'kafka-restarted', 'redis-wiped'] as const;

export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
