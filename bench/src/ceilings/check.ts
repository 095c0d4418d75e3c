// One route with the validation of a check that does one EVALSHA: counts, compares, answers. With KAFKA_BROKERS it also publishes two
// events of the size of an approval's (acks=all), which nobody waits for.
import { createBus } from '@watchword/bus';
import { CHECK_TOPIC, EVENTS, OUTCOME_TOPIC, PATHS, TOPICS, routerPath } from '@watchword/contracts';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { serve } from './serve.ts';

const redis = new Redis(process.env['REDIS_URL']!, { enableAutoPipelining: true, replyMapping: 'legacy' });
redis.defineCommand('judge', {
  numberOfKeys: 1,
  lua: `local code = redis.call('HGET', KEYS[1], 'code')
    local used = redis.call('HINCRBY', KEYS[1], 'used', 1)
    return { code == ARGV[1] and 1 or 0, used }`,
});
const scripts = redis as unknown as { judge(key: string, code: string): Promise<[number, number]> };

/** Bytes of a check's and of an outcome's event. */
const EVENT_BYTES = { [CHECK_TOPIC]: 230, [OUTCOME_TOPIC]: 480 };
const brokers = process.env['KAFKA_BROKERS'];
const bus =
  brokers === undefined
    ? undefined
    : createBus({ brokers: brokers.split(','), clientId: 'ceiling' }, { log: pino({ level: 'warn' }) });
await bus?.createTopics(TOPICS);

function publish(topic: keyof typeof EVENT_BYTES, id: string): void {
  const data = JSON.stringify({ filled: 'x'.repeat(EVENT_BYTES[topic]) });
  const time = new Date().toISOString();
  const envelope = { id: `${id}.1.x`, type: EVENTS[topic].type, source: 'urn:bench', subject: id, time };
  void bus!.publish({ topic, key: id, envelope, data });
}

const { path, params, body, answers } = PATHS.check;
await serve((app) => {
  app.post<{ Params: { id: string }; Body: { code: string } }>(
    routerPath(path),
    { schema: { params, body, response: { 200: answers[200].schema } } },
    async (request) => {
      const { id } = request.params;
      const [, used] = await scripts.judge(`bench:${id}`, request.body.code);
      if (bus) {
        publish(CHECK_TOPIC, id);
        publish(OUTCOME_TOPIC, id);
      }
      return { id, status: 'pending', valid: false, checks_remaining: used };
    },
  );
});
