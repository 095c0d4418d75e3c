import {
  CHANNELS,
  DELIVERY_GROUP,
  DISPATCHER_GROUP,
  ERROR_CLASSES,
  ERROR_CODES,
  INGEST_GROUP,
  PATHS,
  QUALITY_GROUP,
  TOPICS,
  deadLetterTopic,
  deliveryQueueName,
} from '@watchword/contracts';

/** Whatever a request calls itself: other methods count as `_OTHER`, as OpenTelemetry has it. */
export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;

/** Stands for every tenant's own topic, of which there may be ten thousand. */
export const INGRESS_TOPIC_LABEL = 'otp.ingress.v1.{tenant}';

export interface DimensionSpec {
  /** Where they are known, all values; else the page says only how many there are. */
  values?: readonly string[];
  /** In a deployment of ten providers. */
  size: number;
  /** At most, whatever the configuration says. */
  most: number;
  what: string;
}

const of = (what: string, values: readonly string[]): DimensionSpec => ({
  values,
  size: values.length,
  most: values.length,
  what,
});

const topics = [
  ...TOPICS.map(({ name }) => name),
  INGRESS_TOPIC_LABEL,
  deadLetterTopic(INGRESS_TOPIC_LABEL, INGEST_GROUP),
];
/** `/livez`, `/readyz`, `/metrics`; the webhooks' path with and without its end; none. */
const ROUTES_BESIDE_PATHS = 5;
/** Documentation pages and the like that a process may serve too. */
const ROUTES_SPARE = 8;

const dimensions = {
  channel: of('channels', CHANNELS),
  provider: { size: 10, most: 200, what: 'providers of the configuration' },
  channelOrNone: of('channels, and none', ['', ...CHANNELS]),
  providerOrNone: { size: 11, most: 201, what: 'providers of the configuration, and none' },
  topic: of('topics of topics.md with their dead letters; all tenants’ own topics count as one', topics),
  group: of('consumer groups', [DISPATCHER_GROUP, INGEST_GROUP, DELIVERY_GROUP, QUALITY_GROUP]),
  destination: of('topics as above, and queues', [...topics, ...CHANNELS.map(deliveryQueueName)]),
  errorClass: of('error classes of an attempt, and none', ['', ...ERROR_CLASSES]),
  fault: of('codes of errors.md, `_OTHER` for a bug, and none', ['', '_OTHER', ...Object.keys(ERROR_CODES)]),
  route: {
    size: Object.keys(PATHS).length + ROUTES_BESIDE_PATHS,
    most: Object.keys(PATHS).length + ROUTES_BESIDE_PATHS + ROUTES_SPARE,
    what: 'patterns of paths; none where nothing is there',
  },
  method: of('HTTP methods', [...HTTP_METHODS, '_OTHER']),
  status: { size: 12, most: 30, what: 'HTTP statuses' },
  rejection: { size: 20, most: 40, what: 'codes of the API’s problems, and none' },
  part: { size: 7, most: 16, what: 'parts of /readyz: all, redis.state, redis.queue, bus, process, each service' },
  version: { size: 1, most: 1, what: 'versions, of which a process has one' },
  heapSpace: { size: 13, most: 20, what: 'spaces of V8’s heap' },
  resource: { size: 15, most: 60, what: 'types of resources that Node knows' },
  currency: { size: 1, most: 10, what: 'currencies of the prices' },
} satisfies Record<string, DimensionSpec>;
export type Dimension = keyof typeof dimensions;

/** What labels range over. A label that is in none of these lists its values itself. */
export const DIMENSIONS: Readonly<Record<Dimension, DimensionSpec>> = dimensions;
