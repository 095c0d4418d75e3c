import { createCountsStore, createLease, createScorePublisher } from '@watchword/quality';
import { defineService } from '@watchword/runtime';
import { countEvents } from './count-events.ts';
import { startLeading } from './lead.ts';
import { countMonitoring } from './metrics.ts';
import { createCellScoring } from './score-cells.ts';

/** Longer than a pause of the process is likely to be; so long scores stand still when the leading one dies. */
const LEASE_MS = 5_000;

/** Counts what providers did, by cell and time, and tells delivery what to expect of each. */
export const qualityMonitor = defineService({
  name: 'quality-monitor',
  keyRoles: [],
  start: async (config, { log, metrics, bus, redis, instance }) => {
    const { namespace } = config.redis;
    const counted = countMonitoring(metrics);
    const counts = createCountsStore(redis.state, { namespace });
    const counting = await countEvents({ bus, store: counts, ...counted });
    const leading = startLeading({
      lease: createLease(redis.state, { namespace, name: 'scores', holder: instance, lastsMs: LEASE_MS }),
      begin: () => {
        const scoring = createCellScoring({
          counts,
          scores: createScorePublisher(redis.state, { namespace }),
          ...counted,
        });
        return async (nowMs) => scoring.round(nowMs);
      },
      onLead: counted.onLead,
      log,
    });
    return {
      stop: async () => {
        await counting.stop();
        await leading.stop();
      },
    };
  },
});
