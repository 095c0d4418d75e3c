// One route with the validation of a check that does one EVALSHA: counts, compares, answers.
import { PATHS, routerPath } from '@watchword/contracts';
import { Redis } from 'ioredis';
import { serve } from './serve.ts';

const redis = new Redis(process.env['REDIS_URL']!, { enableAutoPipelining: true, replyMapping: 'legacy' });
redis.defineCommand('judge', {
  numberOfKeys: 1,
  lua: `local code = redis.call('HGET', KEYS[1], 'code')
    local used = redis.call('HINCRBY', KEYS[1], 'used', 1)
    return { code == ARGV[1] and 1 or 0, used }`,
});
const scripts = redis as unknown as { judge(key: string, code: string): Promise<[number, number]> };

const { path, params, body, answers } = PATHS.check;
await serve((app) => {
  app.post<{ Params: { id: string }; Body: { code: string } }>(
    routerPath(path),
    { schema: { params, body, response: { 200: answers[200].schema } } },
    async (request) => {
      const { id } = request.params;
      const [, used] = await scripts.judge(`bench:${id}`, request.body.code);
      return { id, status: 'pending', valid: false, checks_remaining: used };
    },
  );
});
