import { execFileSync } from 'node:child_process';
import { pino } from 'pino';
import { watchEventLoop } from '../../src/process/watch-event-loop.ts';

/** A process whose event loop is blocked in the way that `BEHAVIOUR` says, after a second. */
const ways: Record<string, () => void> = {
  'a loop': function spinForEver() {
    for (;;);
  },
  'a regular expression': () => void /^(a+)+$/.test(`${'a'.repeat(50)}b`),
  'a child process': () => void execFileSync('sleep', ['60']),
  'a while': () => {
    const until = performance.now() + 2_500;
    while (performance.now() < until);
    process.stdout.write('went on\n');
  },
};
watchEventLoop({ log: pino(), name: 'blocking', blockedMaxMs: 4_000 });
setInterval(() => undefined, 1_000);
process.stdout.write('watched\n');
const block = ways[process.env['BEHAVIOUR'] ?? ''];
if (block) setTimeout(block, 1_000);
