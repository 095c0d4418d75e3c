import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@watchword/bus';
import { CONTROL_TOPIC, parseControl, type ControlEvent } from '@watchword/contracts';
import { METRICS, gaugeOf } from '@watchword/metrics';
import type { RouteControl } from '@watchword/routing';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';

/** A Kafka that answers has told the table by then; without one, codes do not wait for what operators ask for. */
const KNOWN_MAX_MS = 3_000;

/** As the router takes it. `currency`: of `priceMax`. */
export interface DeliveryControl extends RouteControl {
  currency?: string;
}

export interface FollowedControls {
  /** Those in force; while Kafka is away what was last read. */
  controls: () => readonly DeliveryControl[];
  stop(): Promise<void>;
}

/**
 * Keeps what operators ask for in memory, so that a choice waits for nothing. Resolves when all of it has been read, or when Kafka has
 * not told it in time: choices go by the configuration alone until it does.
 */
export async function followControls(
  deps: { bus: Pick<Bus, 'follow'>; log: Logger; metrics: Registry },
  rest: (ms: number) => Promise<unknown> = async (ms) => sleep(ms, undefined, { ref: false }),
): Promise<FollowedControls> {
  const { log, metrics } = deps;
  let controls: readonly DeliveryControl[] = [];
  let before: ReadonlyMap<string, ControlEvent> = new Map();
  const table = deps.bus.follow({
    topic: CONTROL_TOPIC,
    parse: parseControl,
    onTable(rows) {
      tellChanges(log, before, rows);
      before = rows;
      controls = [...rows.values()].map(toRouteControl);
    },
  });
  gaugeOf(metrics, METRICS.controls, (gauge) => gauge.set({}, controls.length));
  gaugeOf(metrics, METRICS.controlsCurrent, (gauge) => gauge.set({}, table.isCurrent() ? 1 : 0));
  const known = await Promise.race([table.known, rest(KNOWN_MAX_MS).then(() => 'late' as const)]);
  if (known === 'late') log.warn('Kafka has not told the controls: choices go by the configuration until it does');
  return { controls: () => controls, stop: async () => table.stop() };
}

/** Who made each change is in the record; this says since when it counts here. */
function tellChanges(
  log: Logger,
  before: ReadonlyMap<string, ControlEvent>,
  now: ReadonlyMap<string, ControlEvent>,
): void {
  for (const [key, control] of now) {
    const former = before.get(key);
    if (JSON.stringify(former) !== JSON.stringify(control)) log.info({ control: key, ...control }, 'a control counts');
  }
  for (const key of before.keys()) if (!now.has(key)) log.info({ control: key }, 'a control counts no more');
}

function toRouteControl({
  price_max: priceMax,
  set_by: _by,
  set_at: _at,
  reason: _reason,
  ...asked
}: ControlEvent): DeliveryControl {
  return { ...asked, ...(priceMax && { priceMax: Number(priceMax.amount), currency: priceMax.currency }) };
}
