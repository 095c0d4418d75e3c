import { Compile } from 'typebox/compile';
import { expect, it } from 'vitest';
import { EMITTED_EXAMPLE, EmittedStartRequest } from './api.ts';
import { renderAsyncApi } from './asyncapi.ts';
import { EVENT_EXAMPLES } from './event-examples.ts';
import { eventHeaders } from './event-headers.ts';
import { EVENTS, type EventTopic } from './events.ts';
import { TOPICS } from './topics.ts';

interface Rendered {
  channels: Record<
    string,
    { address: string; bindings: { kafka: { partitions: number; topicConfiguration: object } } }
  >;
  components: { messages: Record<string, { examples: { headers: object; payload: object }[] }> };
}
const document = renderAsyncApi('1.0.0') as unknown as Rendered;

it.each(Object.keys(EVENTS) as EventTopic[])(
  'shows an example of %s that its schemas take, with no field beyond them',
  (topic) => {
    const { type, schema } = EVENTS[topic];
    const [example] = document.components.messages[type]!.examples;
    expect([...Compile(schema).Errors(example!.payload)]).toEqual([]);
    expect([...Compile(eventHeaders(type)).Errors(example!.headers)]).toEqual([]);
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(EVENT_EXAMPLES[topic])));
  },
);

it('shows a request as a platform may emit it', () => {
  expect([...Compile(EmittedStartRequest).Errors(EMITTED_EXAMPLE)]).toEqual([]);
});

it('has every topic under its name, with its partitions and for how long it is kept, and the platforms’ own', () => {
  for (const { name, partitions, retentionMs, compacted } of TOPICS) {
    const topicConfiguration = compacted
      ? { 'cleanup.policy': ['compact'], 'delete.retention.ms': retentionMs }
      : { 'cleanup.policy': ['delete'], 'retention.ms': retentionMs };
    expect(document.channels[name]).toMatchObject({
      address: name,
      bindings: { kafka: { partitions, topicConfiguration } },
    });
  }
  expect(Object.keys(document.channels)).toHaveLength(TOPICS.length + 1);
  expect(document.channels['otp.ingress.v1.tenant']).toMatchObject({ address: 'otp.ingress.v1.{tenant}' });
});
