import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

it('takes a scenario with the issue’s measure, and a seed by the clock', () => {
  expect(parseOptions(['redis-wiped'], 1_234_567)).toEqual({
    outcome: 'run',
    options: { wanted: 'redis-wiped', otps: 5_000, rate: undefined, seed: 234_567, write: false },
  });
  expect(parseOptions(['short'], 1)).toMatchObject({ options: { otps: 200 } });
  expect(parseOptions(['all', '--otps', '300', '--rate', '20', '--seed', '7', '--write'], 1)).toEqual({
    outcome: 'run',
    options: { wanted: 'all', otps: 300, rate: 20, seed: 7, write: true },
  });
});

it.each([
  [[]],
  [['a', 'b']],
  [['a', '--otps', '0']],
  [['a', '--rate', 'x']],
  [['a', '--otps', '50001']],
  [['a', '--what']],
])('does not take %j, and says why', (args) => {
  expect(parseOptions(args, 1)).toMatchObject({ outcome: 'wrong', why: expect.stringMatching(/./) });
});
