import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { classifySendError } from './send-errors.ts';

interface KafkajsErrors {
  KafkaJSProtocolError: new (info: { type: string; message: string; retriable: boolean }) => Error;
  KafkaJSNonRetriableError: new (error: Error, options: { cause: unknown }) => Error;
  KafkaJSNumberOfRetriesExceeded: new (error: Error, options: { retryCount: number; retryTime: number }) => Error;
  KafkaJSLockTimeout: new (message: string) => Error;
}
const errors = createRequire(import.meta.url)('kafkajs/src/errors.js') as KafkajsErrors;
const protocol = (type: string): Error => new errors.KafkaJSProtocolError({ type, message: type, retriable: false });

test('a refusal is recognised however kafkajs wraps it', () => {
  const refused = {
    result: { outcome: 'refused', reason: 'TOPIC_AUTHORIZATION_FAILED' },
    producerIsDead: false,
    isAnswer: true,
  };
  const bare = protocol('TOPIC_AUTHORIZATION_FAILED');
  expect(classifySendError(bare)).toEqual(refused);
  expect(classifySendError(new errors.KafkaJSNonRetriableError(bare, { cause: bare }))).toEqual(refused);
});

test.each(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH'])(
  'after %s the outcome is unknown and the producer is dead',
  (type) => {
    expect(classifySendError(protocol(type))).toMatchObject({ result: { outcome: 'unknown' }, producerIsDead: true });
  },
);

test('a lock that was not had in time kills the producer', () => {
  expect(classifySendError(new errors.KafkaJSLockTimeout('Timeout')).producerIsDead).toBe(true);
});

test('everything else may have landed', () => {
  const exceeded = new errors.KafkaJSNumberOfRetriesExceeded(new Error('gone'), { retryCount: 5, retryTime: 1 });
  expect(classifySendError(exceeded)).toMatchObject({ result: { outcome: 'unknown' }, producerIsDead: false });
  expect(classifySendError('text')).toMatchObject({ result: { outcome: 'unknown' } });
});
