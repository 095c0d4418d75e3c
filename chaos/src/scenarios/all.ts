import { KAFKA_SCENARIOS } from './kafka.ts';
import { PROVIDER_SCENARIOS, SHORT_HANG } from './providers.ts';
import { REDIS_SCENARIOS } from './redis.ts';
import { CLOCK_OFF } from './clock.ts';
import type { Scenario } from './scenario.ts';
import { SERVICE_SCENARIOS } from './services.ts';
import { TENANT_BURST } from './tenant-burst.ts';
import { WEBHOOK_FLOOD } from './webhook-flood.ts';

/** Every scenario, in the order of docs/promises.md. */
export const SCENARIOS: readonly Scenario[] = [
  ...SERVICE_SCENARIOS,
  ...REDIS_SCENARIOS,
  ...KAFKA_SCENARIOS,
  ...PROVIDER_SCENARIOS,
  WEBHOOK_FLOOD,
  TENANT_BURST,
  CLOCK_OFF,
];

/** The five that broke most while this was built: what `npm test` plays, on one stage. */
export const SHORT: readonly Scenario[] = [
  ...['kill-all', 'redis-killed'].map(named),
  SHORT_HANG,
  ...['kafka-restarted', 'redis-wiped'].map(named),
];

function named(name: string): Scenario {
  return SCENARIOS.find((scenario) => scenario.name === name)!;
}

/** By name, or `all`, or `short`; none where there is no such. */
export function findScenarios(wanted: string): readonly Scenario[] {
  if (wanted === 'all') return SCENARIOS;
  return wanted === 'short' ? SHORT : SCENARIOS.filter(({ name }) => name === wanted);
}
