import { inject, test, expect } from 'vitest';
test('provided', () => {
  expect(inject('redisUrl')).toMatch(/^redis/);
});
