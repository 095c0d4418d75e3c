import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        // Pure code beside its source: no engines, and no isolation, which would cost most of the time.
        test: {
          name: 'unit',
          include: [
            '{packages,services}/*/src/**/*.test.ts',
            'infra/**/*.test.ts',
            'bench/**/*.test.ts',
            'chaos/src/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', 'infra/**/test/**'],
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // On the real Redis and Kafka. Two files at a time: the engines need the other half of a small machine.
        test: {
          name: 'integration',
          exclude: ['**/node_modules/**', '**/test/{cluster,redis-cluster}/**'],
          include: ['{packages,services}/*/test/**/*.test.ts', 'chaos/test/**/*.test.ts', 'infra/**/test/**/*.test.ts'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
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
