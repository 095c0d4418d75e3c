import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { clear, createBench, type Bench } from '../agreement/bench.ts';
import { gateCommands } from '../agreement/commands.ts';

const RUNS = 200;
const COMMANDS_MIN = 40;
const COMMANDS_MAX = 80;
/** On a slow machine fewer runs are made, and whether they have seen everything is not asked. */
const TIME_MS = 45_000;

/** Answers that 200 runs see a dozen times or more each: without them the agreement would say little. */
const OFTEN = Object.entries({
  admit: ['created', 'exists', 'joined'],
  abandon: ['kept'],
  restore: ['restored', 'exists'],
  advance: ['advanced', 'conflict'],
  charge: ['charged'],
  rearm: ['armed', 'cleared', 'moved'],
  claim: ['claimed', 'busy', 'stale', 'ended'],
  giveUp: ['closed', 'stale'],
  settle: ['settled', 'repeated', 'absent', 'ended'],
  takeOver: ['settled', 'ended'],
  foldReceipt: ['folded', 'kept', 'unmatched'],
  check: ['approved', 'wrong', 'final', 'locked', 'unknown'],
  resend: ['asked', 'open', 'ended'],
  next: ['asked', 'open', 'ended'],
  cancel: ['ended'],
  expire: ['expired', 'early'],
}).flatMap(([script, outcomes]) => outcomes.map((outcome) => `${script}.${outcome}`));

const redis = new Redis(inject('redisUrl'));
afterAll(() => redis.disconnect());

test(
  'scripts and model agree on every answer, event and state, whatever is interleaved',
  { timeout: 120_000 },
  async () => {
    const seen = new Map<string, number>();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(gateCommands(COMMANDS_MIN, COMMANDS_MAX), async (commands) => {
        const namespace = `agree-${process.pid}-${runs++}-`;
        const bench = await createBench(redis, namespace, seen);
        try {
          await fc.asyncModelRun<{ bench: Bench }, Bench, false, { bench: Bench }>(
            () => ({ model: { bench }, real: bench }),
            commands,
          );
        } finally {
          await clear(bench);
        }
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: TIME_MS },
    );
    const missed = runs < RUNS ? [] : OFTEN.filter((outcome) => !seen.has(outcome));
    expect(missed).toEqual([]);
  },
);
