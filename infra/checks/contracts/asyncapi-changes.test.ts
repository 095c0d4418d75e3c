import { renderAsyncApi } from '@watchword/contracts';
import { expect, it } from 'vitest';
import { findAsyncApiBreaks } from './asyncapi-changes.ts';
import { edited, type Edit } from './edited-for-tests.ts';

const before = edited(renderAsyncApi('1.0.0'));
const breaksOf = (...edits: Edit[]): string[] => findAsyncApiBreaks(before, edited(before, ...edits));

const TOPIC = 'otp.check.v1';
const TYPE = 'dev.watchword.otp.checked.v1';
const EMITTED = 'otp.ingress.v1.{tenant} start.emitted';
const channel = `channels ${TOPIC}`;
const kept = `${channel} bindings kafka topicConfiguration`;
const operation = `operations ${TOPIC}.send`;
const message = `components messages ${TYPE}`;
const schemas = 'components schemas';

it('finds nothing where nothing has changed, nor in what only adds', () => {
  expect(breaksOf()).toEqual([]);
  const adding = breaksOf(
    ['channels otp.new.v1', { address: 'otp.new.v1', messages: {} }],
    [`${kept} retention.ms`, 1_000_000_000],
    [`${schemas} CheckEvent properties new_one`, { type: 'string' }],
    [`${schemas} AttemptEvent properties error enum -`, 'ported'],
    [`${schemas} EmittedStartRequest properties new_one`, { type: 'string' }],
  );
  expect(adding).toEqual([]);
});

it.each<[string, Edit[], ...string[]]>([
  ['a topic that is gone', [[operation]], `${TOPIC}: the operation is gone`],
  ['a topic that is read instead of written', [[`${operation} action`, 'receive']], `${TOPIC}: the operation is gone`],
  ['a topic’s name', [[`${channel} address`, 'otp.checks.v1']], `${TOPIC}: the topic has another name: otp.checks.v1`],
  ['its partitions', [[`${channel} bindings kafka partitions`, 48]], `${TOPIC}: it had 24 partitions and has 48`],
  ['how long it is kept', [[`${kept} retention.ms`, 1]], `${TOPIC}: records are kept for less time`],
  ['whose time its records have', [[`${kept} message.timestamp.type`]], `${TOPIC}: message.timestamp.type has changed`],
  [
    'its key',
    [[`${message} bindings kafka key type`, 'integer']],
    `${TOPIC} ${TYPE} key: its type was string and is integer`,
  ],
  [
    'its content type',
    [[`${message} contentType`, 'application/avro']],
    `${TOPIC} ${TYPE}: it has another content type`,
  ],
  [
    'the events’ type',
    [[`${message} headers properties ce_type const`, 'x']],
    `${TOPIC} ${TYPE} headers.ce_type: const was "${TYPE}" and is "x"`,
  ],
  [
    'an event that is gone, for another',
    [
      [`${channel} messages`, { other: {} }],
      [`${operation} messages`, []],
    ],
    `${TOPIC}: it may hold other now`,
    `${TOPIC} ${TYPE}: the message is gone`,
  ],
  [
    'a field that is gone',
    [[`${schemas} CheckEvent properties generation`]],
    `${TOPIC} ${TYPE} payload.generation: the field is gone`,
  ],
  [
    'a field that may be absent',
    [[`${schemas} IngressResultEvent required`, ['tenant', 'record', 'outcome']]],
    'otp.ingress-result.v1 dev.watchword.otp.ingress-result.v1 payload.reference: it may be absent now',
  ],
  [
    'a new word where a word must be',
    [[`${schemas} ReceiptEvent properties status enum -`, 'read']],
    'otp.receipt.v1 dev.watchword.otp.receipt.v1 payload.status: read is a new word',
  ],
  [
    'what platforms must emit',
    [[`${schemas} EmittedStartRequest required`, ['to']]],
    `${EMITTED} payload.to: it must be given now`,
  ],
  [
    'what platforms may emit',
    [[`${schemas} EmittedStartRequest properties to maxLength`, 9]],
    `${EMITTED} payload.to: maxLength was 4096 and is 9`,
  ],
])('tells of a change of %s', (_, edits, ...expected) => {
  expect(breaksOf(...edits)).toEqual(expected);
});
