import { expect, test } from 'vitest';
import { embeddedBinary, isNewEnough } from './find-redis-server.ts';

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', true],
  ['Redis server v=6.2.0 sha=0', true],
  ['Redis server v=6.0.16 sha=0', false],
  ['Redis server v=5.0.14 sha=0', false],
  ['something else', false],
])('%j serves: %s', (version, serves) => {
  expect(isNewEnough(version)).toBe(serves);
});

test('a platform without an embedded binary is known as such', () => {
  expect(embeddedBinary('linux', 'x64')).toBe('redis-server-6.2.6-v5-linux-amd64');
  expect(embeddedBinary('win32', 'x64')).toBeUndefined();
});
