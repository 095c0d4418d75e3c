import type { Logger } from 'pino';
import type { Driver } from './driver.ts';
import type { Lanes } from './lanes/lanes.ts';
import type { BusMetrics } from './metrics.ts';
import type { Names } from './names.ts';

/** What a bus is made of; publishing, subscribing and reading take from it what they need. */
export interface Parts {
  driver: Driver;
  lanes: Lanes;
  names: Names;
  metrics: BusMetrics;
  log: Logger;
  now: () => number;
}
