import { expect, test } from 'vitest';
import { embeddedBinary, usableMajor } from './find-redis-server.ts';

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', 7],
  ['Redis server v=6.2.0 sha=0', 6],
  ['Redis server v=6.0.16 sha=0', undefined],
  ['Redis server v=5.0.14 sha=0', undefined],
  ['something else', undefined],
])('%j is usable as major version %s', (version, major) => {
  expect(usableMajor(version)).toBe(major);
});

test('a platform without an embedded binary is known as such', () => {
  expect(embeddedBinary('linux', 'x64')).toBe('redis-server-6.2.6-v5-linux-amd64');
  expect(embeddedBinary('win32', 'x64')).toBeUndefined();
});
