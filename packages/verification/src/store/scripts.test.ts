import { expect, test } from 'vitest';
import { stateFault } from './scripts.ts';

const judge = (message: string) => {
  const { code, retry } = stateFault('advance', new Error(message));
  return [code, retry];
};

test.each([
  // Redis 7
  'WRONGTYPE Operation against a key holding the wrong kind of value script: 5d1f, on @user_script:12.',
  'ERR user_script:31: attempt to index a nil value script: 5d1f, on @user_script:31.',
  'ERR user_script:8: Expected value but found invalid token at character 1 script: 5d1f, on @user_script:8.',
  // Redis 6.2
  'ERR Error running script (call to f_5d1f): @user_script:12: WRONGTYPE Operation against a key holding the wrong kind of value',
  'ERR Error running script (call to f_5d1f): @user_script:31: user_script:31: attempt to index a nil value',
])('what is broken is not tried for ever: %s', (message) => {
  expect(judge(message)).toEqual(['OTP_STATE_BROKEN', false]);
});

test.each([
  "OOM command not allowed when used memory > 'maxmemory'. script: 5d1f, on @user_script:12.",
  "ERR Error running script (call to f_5d1f): @user_script:12: -OOM command not allowed when used memory > 'maxmemory'.",
  "READONLY You can't write against a read only replica. script: 5d1f, on @user_script:12.",
  'LOADING Redis is loading the dataset in memory',
  'CLUSTERDOWN The cluster is down',
  'BUSY Redis is busy running a script.',
  'Command timed out',
])('a Redis that is away or refuses is waited for: %s', (message) => {
  expect(judge(message)).toEqual(['OTP_STATE_UNAVAILABLE', true]);
});
