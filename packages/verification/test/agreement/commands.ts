import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { abandon, admit, restore } from './commands/admission.ts';
import { cancel, check, expire, next, refund, resend } from './commands/asking.ts';
import { claim, deliver, giveUp, receipt, settle, settleLost } from './commands/attempts.ts';
import { command, type GateCommand } from './commands/command.ts';
import { actLate, begin, dispatch, lookOnly, rearmAny, sweep } from './commands/dispatching.ts';

const pause = command('pause', { ms: fc.integer({ min: 1, max: 14 }) }, async (_, { ms }) => {
  await sleep(ms);
});

/** How often each is drawn. */
const weighted: readonly (readonly [number, fc.Arbitrary<GateCommand>])[] = [
  [12, admit],
  [1, abandon],
  [2, restore],
  [20, dispatch],
  [8, lookOnly],
  [8, actLate],
  [8, claim],
  [10, settle],
  [12, deliver],
  [2, settleLost],
  [2, giveUp],
  [10, receipt],
  [14, check],
  [12, resend],
  [4, next],
  [1, cancel],
  [1, expire],
  [2, rearmAny],
  [2, refund],
  [2, sweep],
  [10, pause],
];

export function gateCommands(least: number, most: number): fc.Arbitrary<readonly GateCommand[]> {
  const any = fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const rest = fc.noBias(fc.array(any, { minLength: least, maxLength: most, size: 'max' }));
  return fc.tuple(begin, rest).map(([first, others]) => [first, ...others]);
}
