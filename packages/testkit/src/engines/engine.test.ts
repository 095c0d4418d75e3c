import { expect, test } from 'vitest';
import { firstAvailable, type EngineOrigin, type EngineSource } from './engine.ts';

function source(origin: EngineOrigin, has: boolean, asked: string[]): EngineSource {
  return {
    origin,
    find() {
      asked.push(origin);
      const engine = { address: `${origin}:1`, pids: [], stop: () => Promise.resolve() };
      return Promise.resolve(has ? { outcome: 'running', engine } : { outcome: 'absent', reason: `no ${origin}` });
    },
  };
}

test('the first source that has the engine gives it, and later ones are not even asked', async () => {
  const asked: string[] = [];
  const sources = [source('environment', false, asked), source('container', true, asked), source('local', true, asked)];
  expect(await firstAvailable('Redis', sources)).toMatchObject({ origin: 'container', address: 'container:1' });
  expect(asked).toEqual(['environment', 'container']);
});

test('where no source has it, one error names every way and why it failed', async () => {
  const sources = (['environment', 'container', 'local'] as const).map((origin) => source(origin, false, []));
  await expect(firstAvailable('Kafka', sources)).rejects.toMatchObject({
    code: 'OTP_ENGINES_UNAVAILABLE',
    message: expect.stringMatching(/^Kafka .*\n {2}1\. no environment\n {2}2\. no container\n {2}3\. no local$/),
  });
});

test('a source that fails ends the search: a wrong REDIS_URL is not covered up', async () => {
  const asked: string[] = [];
  const failing: EngineSource = { origin: 'environment', find: () => Promise.reject(new Error('wrong')) };
  await expect(firstAvailable('Redis', [failing, source('local', true, asked)])).rejects.toThrow('wrong');
  expect(asked).toEqual([]);
});
