import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, test } from 'vitest';
import { clear, createBench, type Bench } from '../agreement/bench.ts';
import { gateCommands } from '../agreement/commands.ts';

const RUNS = 200;
const COMMANDS_MIN = 40;
const COMMANDS_MAX = 80;
/** On a slow machine fewer runs are made; if those were too few, `OFTEN` says so. */
const TIME_MS = 45_000;

/** Answers that 200 runs see a dozen times or more each: without them the agreement would say little. */
const OFTEN = [
  ...['admit.created', 'admit.exists', 'admit.joined', 'abandon.kept', 'restore.restored', 'restore.exists'],
  ...['advance.advanced', 'advance.conflict', 'charge.charged', 'rearm.armed', 'rearm.cleared', 'rearm.moved'],
  ...['claim.claimed', 'claim.busy', 'claim.stale', 'claim.ended', 'giveUp.closed', 'giveUp.stale'],
  ...['settle.settled', 'settle.repeated', 'settle.absent', 'settle.ended', 'takeOver.settled'],
  ...['foldReceipt.folded', 'foldReceipt.kept', 'foldReceipt.unmatched'],
  ...['check.approved', 'check.wrong', 'check.final', 'check.locked', 'check.unknown'],
  ...['resend.asked', 'resend.open', 'resend.ended', 'next.asked', 'next.open', 'next.ended'],
  ...['cancel.ended', 'expire.expired', 'expire.early'],
];

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
    expect(OFTEN.filter((outcome) => !seen.has(outcome))).toEqual([]);
  },
);
