import {
  createBreakerStore,
  createCountsStore,
  createFakesStore,
  createLease,
  createMinutesStore,
  createScorePublisher,
  createScoreReader,
  followScores,
  viewBreakers,
} from '@watchword/quality';
import { createPublisher, defineService, priceOf } from '@watchword/runtime';
import { countEvents } from './count-events.ts';
import { createFakeSearch } from './find-fakes.ts';
import { readJudgements } from './judge-cells.ts';
import { startLeading } from './lead.ts';
import { countMonitoring } from './metrics.ts';
import { createMinutePublishing } from './publish-minutes.ts';
import { createRoutes } from './routes.ts';
import { createCellScoring } from './score-cells.ts';
import { createSoftBreaking } from './soft-breaking.ts';

/** Longer than a pause of the process is likely to be, or a round that waits for Kafka; so long both stand still when the leading one dies. */
const LEASE_MS = 5_000;

/** Counts what providers did, by cell and time, tells delivery what to expect of each, and analysts what was. */
export const qualityMonitor = defineService({
  name: 'quality-monitor',
  keyRoles: [],
  start: async (config, { log, metrics, bus, redis, instance }) => {
    const { namespace } = config.redis;
    const counted = countMonitoring(metrics);
    const counts = createCountsStore(redis.state, { namespace });
    const fakes = createFakesStore(redis.state, { namespace });
    const followed = followScores(createScoreReader(redis.state, { namespace }));
    const breakers = viewBreakers(config.routing.breakers ? createBreakerStore(redis.state, { namespace }) : undefined);
    const judging = { scores: followed.scores, fakes, breakers: async () => breakers.read(Date.now()) };
    const prices = new Map(config.providers.map(({ name, price }) => [name, price]));
    const telling = {
      counts,
      readJudgements: async () => readJudgements(judging),
      priceOf: (provider: string, country: string) => priceOf(prices.get(provider), country),
    };
    const counting = await countEvents({ bus, store: counts, ...counted });
    const lead = (makes: 'scores' | 'minutes', begin: () => (nowMs: number) => Promise<void>) =>
      startLeading({
        makes,
        lease: createLease(redis.state, { namespace, name: makes, holder: instance, lastsMs: LEASE_MS }),
        begin,
        onLead: (leads) => counted.onLead(makes, leads),
        log,
      });
    const scores = lead('scores', () => {
      const publisher = createScorePublisher(redis.state, { namespace });
      const breaking = createSoftBreaking({ store: createBreakerStore(redis.state, { namespace }), log, ...counted });
      const scoring = createCellScoring({
        counts,
        scores: publisher,
        judge: async (seen, nowMs) => (config.routing.breakers ? breaking.round(seen, nowMs) : undefined),
        ...counted,
      });
      return async (nowMs) => scoring.round(nowMs);
    });
    // apart from the scores, which must not wait for Kafka
    const minutes = lead('minutes', () => {
      const publish = createPublisher(bus, config.region);
      const store = createMinutesStore(redis.state, { namespace });
      const publishMinutes = createMinutePublishing({ ...telling, ...counted, minutes: store, publish });
      const findFakes = createFakeSearch({ counts, fakes });
      return async (nowMs) => {
        await findFakes(nowMs);
        await publishMinutes(nowMs);
      };
    });
    return {
      routes: createRoutes({ ...telling, tenants: config.tenants }),
      stop: async () => {
        await counting.stop();
        await Promise.all([scores.stop(), minutes.stop()]);
        await followed.stop();
      },
    };
  },
});
