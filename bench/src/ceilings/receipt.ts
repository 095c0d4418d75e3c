// One route that keeps the raw body, hashes it, and publishes one event of a receipt's size (acks=all) before it answers.
import { createHash } from 'node:crypto';
import { createBus } from '@watchword/bus';
import { EVENTS, RECEIPT_TOPIC, TOPICS, createVerificationId } from '@watchword/contracts';
import { pino } from 'pino';
import { serve } from './serve.ts';

/** Bytes of a normalised receipt. */
const EVENT_BYTES = 400;
const brokers = process.env['KAFKA_BROKERS']!.split(',');
const bus = createBus({ brokers, clientId: 'ceiling' }, { log: pino({ level: 'warn' }) });
await bus.createTopics(TOPICS);
const data = JSON.stringify({ filled: 'x'.repeat(EVENT_BYTES) });

let number = 0;
await serve((app) => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/webhooks/north', async (request) => {
    createHash('sha256')
      .update(request.body as Buffer)
      .digest('hex');
    const id = createVerificationId({ region: 'a', bucket: number++ % 256 });
    const time = new Date().toISOString();
    const envelope = { id: `${id}.1.x`, type: EVENTS[RECEIPT_TOPIC].type, source: 'urn:bench', subject: id, time };
    await bus.publish({ topic: RECEIPT_TOPIC, key: id, envelope, data }, { timeoutMs: 3_000 });
    return { kept: true };
  });
});
