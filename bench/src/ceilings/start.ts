// One route with the validation of a start; with KAFKA_BROKERS it also publishes one event of a request's size (acks=all) first.
import { createBus } from '@watchword/bus';
import { EVENTS, PATHS, REQUEST_TOPIC, TOPICS, createVerificationId } from '@watchword/contracts';
import { pino } from 'pino';
import { serve } from './serve.ts';

/** Bytes of a request with one recipient. */
const EVENT_BYTES = 900;
const brokers = process.env['KAFKA_BROKERS'];
const bus =
  brokers === undefined
    ? undefined
    : createBus({ brokers: brokers.split(','), clientId: 'ceiling' }, { log: pino({ level: 'warn' }) });
await bus?.createTopics(TOPICS);
const data = JSON.stringify({ filled: 'x'.repeat(EVENT_BYTES) });

const { path, body, answers } = PATHS.start;
let number = 0;
await serve((app) => {
  app.post(path, { schema: { body, response: { 202: answers[202].schema } } }, async (_request, reply) => {
    const id = createVerificationId({ region: 'a', bucket: number++ % 256 });
    const time = new Date().toISOString();
    if (bus) {
      const envelope = { id: `${id}.1.x`, type: EVENTS[REQUEST_TOPIC].type, source: 'urn:bench', subject: id, time };
      await bus.publish({ topic: REQUEST_TOPIC, key: id, envelope, data }, { timeoutMs: 3_000 });
    }
    return reply.code(202).send({
      id,
      status: 'pending',
      purpose: 'login',
      channel: 'sms',
      step: 0,
      steps: 1,
      created_at: time,
      expires_at: time,
      next_step_at: null,
      next_resend_at: time,
      checks_remaining: 5,
      sent: true,
    });
  });
});
