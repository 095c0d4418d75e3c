import type { SendResult } from '../driver.ts';

/** Refusals that no repetition changes. Nothing of the batch has landed. */
const REFUSALS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]);

/** After these every further send of the same producer id fails. */
const FATAL = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'KafkaJSLockTimeout',
]);

/** What a rejected `producer.send` means. Whatever is not known to be a refusal may have landed. */
export function classifySendError(error: unknown): {
  result: SendResult;
  producerIsDead: boolean;
  /** Kafka's own word. */
  isAnswer: boolean;
} {
  const names = namesOf(error);
  const refusal = names.find((name) => REFUSALS.has(name));
  const isAnswer = names.includes('KafkaJSProtocolError');
  if (refusal) return { result: { outcome: 'refused', reason: refusal }, producerIsDead: false, isAnswer };
  return {
    result: { outcome: 'unknown', reason: error instanceof Error ? error.message : String(error) },
    producerIsDead: names.some((name) => FATAL.has(name)),
    isAnswer,
  };
}

/** Protocol types and names of an error and its causes; kafkajs wraps up to three deep. */
function namesOf(error: unknown): string[] {
  const names: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') names.push(type);
    names.push(at.name);
  }
  return names;
}
