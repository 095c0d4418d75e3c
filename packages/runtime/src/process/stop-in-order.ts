import type { Logger } from 'pino';

export interface StopStep {
  name: string;
  stop: () => Promise<void>;
}

export type StopReport =
  /** `failures`: steps that threw; the others were carried out all the same. */
  { outcome: 'stopped'; failures: readonly string[] } | { outcome: 'hung'; step: string };

/** Carries out the steps one after another, whatever fails, within one deadline for all. */
export async function stopInOrder(steps: readonly StopStep[], deadlineMs: number, log: Logger): Promise<StopReport> {
  const failures: string[] = [];
  let current = '';
  const { promise: deadline, resolve } = Promise.withResolvers<StopReport>();
  const timer = setTimeout(() => resolve({ outcome: 'hung', step: current }), deadlineMs);
  const run = async (): Promise<StopReport> => {
    for (const step of steps) {
      current = step.name;
      const startedMs = performance.now();
      try {
        await step.stop();
        log.debug({ step: step.name, took_ms: Math.round(performance.now() - startedMs) }, 'stopped');
      } catch (error) {
        failures.push(step.name);
        log.error({ err: error, step: step.name }, 'a step of the shutdown failed');
      }
    }
    return { outcome: 'stopped', failures };
  };
  try {
    return await Promise.race([run(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
