import { SCHEMAS, describeDeadLetters, describeEvents, describeIngress, type TopicParts } from './asyncapi-topics.ts';
import { EVENTS, type EventTopic } from './events.ts';
import { TOPICS } from './topics.ts';

type Json = { [key: string]: unknown };

const DESCRIPTION = `The topics of Watchword in Kafka. Every event is a CloudEvent 1.0 in binary mode: attributes are headers, the value is JSON.
Delivery is at least once: the same \`ce_id\` is the same event. \`version\` orders what happened to a verification, not the offset.
Within a major version (it is in the topic and in \`ce_type\`) events may get new fields, and optional fields new words: ignore what
you do not know. Neither codes nor addresses are ever in clear. A deployment's \`kafka.topic_prefix\` stands before every topic.`;

/** The AsyncAPI 3 document of all topics, made from the tables that the topics themselves are made from; committed in `docs/`. */
export function renderAsyncApi(version: string): Json {
  const own = TOPICS.map((spec) => (isEvents(spec.name) ? describeEvents(spec.name, spec) : describeDeadLetters(spec)));
  const parts = [...own, describeIngress()];
  const merged = (of: keyof TopicParts): Json => Object.assign({}, ...parts.map((part) => part[of])) as Json;
  return {
    asyncapi: '3.0.0',
    info: { title: 'Watchword', version, description: DESCRIPTION, license: { name: 'Proprietary' } },
    defaultContentType: 'application/json',
    servers: {
      deployment: {
        host: '{brokers}',
        protocol: 'kafka',
        description: 'The deployment’s Kafka; its ACLs say who may read and write which topic',
        variables: { brokers: { description: '`kafka.brokers` of the configuration', default: 'localhost:9092' } },
      },
    },
    channels: merged('channels'),
    operations: merged('operations'),
    components: { messages: merged('messages'), schemas: SCHEMAS.components },
  };
}

function isEvents(topic: string): topic is EventTopic {
  return topic in EVENTS;
}
