import { defineConfig } from 'vitest/config';

/** What needs clusters: `npm run test:cluster`. By itself, so that `npm test` needs one Redis and one broker. */
export default defineConfig({
  test: {
    projects: [
      {
        // Files that start engines of their own and kill them, one after the other: they need the whole machine.
        test: {
          name: 'cluster',
          include: ['{packages,services}/*/test/cluster/**/*.test.ts'],
          maxWorkers: 1,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // What talks to Redis, once more on a Cluster of three masters, and what needs Redis servers of its own. Left out: what is
        // about one server (processes behind a proxy, the first start) and the model, which compares snapshots over all slots.
        test: {
          name: 'redis-cluster',
          include: [
            'packages/{quality,verification,risk,queues}/test/**/*.test.ts',
            'packages/runtime/test/redis-cluster/**/*.test.ts',
            'services/*/test/**/*.test.ts',
          ],
          exclude: [
            '**/node_modules/**',
            '**/test/cluster/**',
            'packages/verification/test/integration/model-agrees.test.ts',
            'services/carrier-sim/**',
            'services/standalone/test/integration/{crash,ingress-crash,npm-start,recovery}.test.ts',
            // a Redis of its own
            'packages/quality/test/integration/follow-scores.test.ts',
            // about Kafka, lines in memory and providers that fail: long, and nothing in them is another with a Cluster
            'services/standalone/test/integration/{bulkhead,fairness,kafka-away,learning}.test.ts',
          ],
          globalSetup: ['packages/testkit/src/global-setup-redis-cluster.ts'],
          setupFiles: ['packages/testkit/src/answers/hold-answers.ts'],
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
