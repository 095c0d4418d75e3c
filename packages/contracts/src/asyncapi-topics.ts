import { Type, type TSchema } from 'typebox';
import { EMITTED_EXAMPLE, EmittedStartRequest } from './api.ts';
import { EVENT_EXAMPLES, VERIFICATION_ID_EXAMPLE } from './event-examples.ts';
import { CONTROL_EXAMPLE_KEY, ControlEvent, UnsetHeaders } from './control.ts';
import {
  DeadJobHeaders,
  DeadRecordHeaders,
  EmittedHeaders,
  ReplayMarkerHeaders,
  eventHeaders,
  exampleHeaders,
} from './event-headers.ts';
import {
  AttemptEvent,
  CheckEvent,
  EVENTS,
  IngressResultEvent,
  OutcomeEvent,
  ReceiptEvent,
  RequestEvent,
  type EventTopic,
} from './events.ts';
import { nameSchemas } from './named-schemas.ts';
import { QualityEvent, qualityCell, qualityEventId } from './quality-event.ts';
import {
  CONTROL_TOPIC,
  INGEST_GROUP,
  INGRESS_RESULT_TOPIC,
  QUALITY_TOPIC,
  ingressTopic,
  ingressTopicSpec,
  isDeadJobTopic,
  type TopicSpec,
} from './topics.ts';

type Json = { [key: string]: unknown };

/** What a topic adds to the document. */
export interface TopicParts {
  channels: Json;
  operations: Json;
  messages: Json;
}

export const SCHEMAS = nameSchemas({
  RequestEvent,
  AttemptEvent,
  ReceiptEvent,
  CheckEvent,
  OutcomeEvent,
  IngressResultEvent,
  ControlEvent,
  QualityEvent,
  EmittedStartRequest,
});

const BINDING_VERSION = '0.5.0';
const ANY_BYTES = 'application/octet-stream';

/** A topic of Watchword's own events. */
export function describeEvents(topic: EventTopic, spec: TopicSpec): TopicParts {
  const { type, schema, summary, key } = EVENTS[topic];
  const message = {
    ...renderMessage({ summary, key, headers: eventHeaders(type), payload: schema }),
    examples: [{ headers: exampleHeaders(type, exampleNames(topic)), payload: EVENT_EXAMPLES[topic] }],
  };
  const messages = { [type]: message, ...(topic === CONTROL_TOPIC && { 'control.unset': CONTROL_UNSET }) };
  return {
    channels: { [topic]: renderChannel(spec, messages, summary) },
    operations: { [`${topic}.send`]: renderOperation('send', topic, Object.keys(messages)) },
    messages,
  };
}

function exampleNames(topic: EventTopic): { key: string; id: string } {
  const { [QUALITY_TOPIC]: quality, [INGRESS_RESULT_TOPIC]: result } = EVENT_EXAMPLES;
  if (topic === QUALITY_TOPIC) return { key: qualityCell(quality), id: qualityEventId(quality) };
  const keys: Partial<Record<EventTopic, string>> = {
    [CONTROL_TOPIC]: CONTROL_EXAMPLE_KEY,
    [INGRESS_RESULT_TOPIC]: `${result.tenant}|${result.reference}`,
  };
  const key = keys[topic] ?? VERIFICATION_ID_EXAMPLE;
  return { key, id: `${key}.6.k5q2m7x4` };
}

/** A topic of what could not be handled. All of them hold the same two or three kinds of records. */
export function describeDeadLetters(spec: TopicSpec): TopicParts {
  const dead = isDeadJobTopic(spec.name) ? { 'dead.job': DEAD_JOB } : { 'dead.record': DEAD_RECORD };
  const messages = { ...dead, 'dead.replayed': REPLAY_MARKER };
  const summary = 'What could not be handled, for `watchword dead`';
  return {
    channels: { [spec.name]: renderChannel(spec, messages, summary) },
    operations: { [`${spec.name}.send`]: renderOperation('send', spec.name, Object.keys(messages)) },
    messages,
  };
}

/** The topics that platforms write, one for each tenant. */
export function describeIngress(): TopicParts {
  const address = ingressTopic('{tenant}');
  const id = ingressTopic('tenant');
  const message = {
    ...renderMessage({
      summary: 'A start, as the body of `POST /v1/verifications` with its addresses encrypted',
      key: Type.String({ description: 'The platform’s own: records with the same key are taken in order' }),
      headers: EmittedHeaders,
      payload: EmittedStartRequest,
    }),
    examples: [{ headers: { 'idempotency-key': 'login-81-1' }, payload: EMITTED_EXAMPLE }],
  };
  const channel = renderChannel(
    ingressTopicSpec(address),
    { 'start.emitted': message },
    'Requests that a platform emits; see docs/ingress.md. The configuration may name another topic and partitions',
  );
  const parameters = { tenant: { description: 'The tenant’s id in the configuration' } };
  return {
    channels: { [id]: { ...channel, parameters } },
    operations: {
      [`${id}.receive`]: {
        ...renderOperation('receive', id, ['start.emitted']),
        bindings: { kafka: { groupId: { type: 'string', const: INGEST_GROUP }, bindingVersion: BINDING_VERSION } },
      },
    },
    messages: { 'start.emitted': message },
  };
}

interface MessageParts {
  summary: string;
  headers: TSchema;
  payload: object;
  key: TSchema;
  /** Default: JSON. */
  contentType?: string;
}

function renderMessage({ summary, headers, payload, key, contentType = 'application/json' }: MessageParts): Json {
  return {
    summary,
    contentType,
    headers: SCHEMAS.refer(headers),
    payload: SCHEMAS.refer(payload),
    bindings: { kafka: { key, bindingVersion: BINDING_VERSION } },
  };
}

const DEAD_RECORD = renderMessage({
  summary: 'A record as it came, with where it was and why it was given up',
  key: Type.String({ description: 'As it came; empty where it is withheld' }),
  headers: DeadRecordHeaders,
  contentType: ANY_BYTES,
  payload: { description: 'As it came; empty where it is withheld' },
});
const DEAD_JOB = renderMessage({
  summary: 'A job of a delivery queue that no try could carry out',
  key: Type.String({ description: 'The verification’s id; empty where the job does not tell it' }),
  headers: DeadJobHeaders,
  payload: { description: 'The job; of one that is not Watchword’s only the kinds of its fields' },
});
const REPLAY_MARKER = renderMessage({
  summary: 'Marks a dead letter of its partition as put back',
  key: Type.String({ maxLength: 0 }),
  headers: ReplayMarkerHeaders,
  contentType: ANY_BYTES,
  payload: { description: 'Empty' },
});

const CONTROL_UNSET = renderMessage({
  summary: 'Nothing is asked for here any more: compaction deletes what was',
  key: EVENTS[CONTROL_TOPIC].key,
  headers: UnsetHeaders,
  contentType: ANY_BYTES,
  payload: { description: 'None: a tombstone' },
});

function renderChannel(
  { name, partitions, retentionMs, segmentMs, brokerTime, storedPlain, compacted }: TopicSpec,
  messages: Json,
  description: string,
): Json {
  return {
    address: name,
    description,
    messages: Object.fromEntries(Object.keys(messages).map((id) => [id, { $ref: `#/components/messages/${id}` }])),
    bindings: {
      kafka: {
        partitions,
        topicConfiguration: {
          'cleanup.policy': [compacted ? 'compact' : 'delete'],
          [compacted ? 'delete.retention.ms' : 'retention.ms']: retentionMs,
          ...(segmentMs !== undefined && { 'segment.ms': segmentMs }),
          ...(brokerTime && { 'message.timestamp.type': 'LogAppendTime' }),
          ...(storedPlain && { 'compression.type': 'uncompressed' }),
        },
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

function renderOperation(action: 'send' | 'receive', channel: string, messages: readonly string[]): Json {
  const ref = `#/channels/${channel}`;
  return { action, channel: { $ref: ref }, messages: messages.map((id) => ({ $ref: `${ref}/messages/${id}` })) };
}
