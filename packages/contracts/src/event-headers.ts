import { Type, type TObject } from 'typebox';

/** The headers of Kafka's records, as schemas: what `packages/bus` writes and AsyncAPI says. */
const Traceparent = Type.Optional(
  Type.String({
    description: 'W3C Trace Context',
    examples: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
  }),
);
const Text = (description: string) => Type.String({ description });

/** CloudEvents 1.0, Kafka protocol binding, binary mode: of every event of Watchword's own. */
export function eventHeaders(type: string): TObject {
  return Type.Object({
    ce_specversion: Type.Literal('1.0'),
    ce_id: Text('The same event, published again, has the same id'),
    ce_type: Type.Literal(type),
    ce_source: Type.String({
      pattern: '^urn:watchword:[a-z]$',
      description: '`urn:watchword:<region>`: the deployment',
    }),
    ce_subject: Text('What it is about: the record’s key'),
    ce_time: Type.String({ format: 'date-time', description: 'When it happened' }),
    'content-type': Type.Literal('application/json'),
    traceparent: Traceparent,
  });
}

/** Of a request that a platform emits: read in any case, all optional. */
export const EmittedHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Names the request; the same key over HTTP is the same request',
    }),
  ),
  ce_id: Type.Optional(Text('Of a CloudEvent in binary mode: with `ce_source` it stands for the idempotency key')),
  ce_source: Type.Optional(Text('Of a CloudEvent in binary mode')),
  traceparent: Traceparent,
});

const reason = Text('Why it was given up; names fields, never their values');

/** Added to a record that a consumer group could not handle; its own headers stay. */
export const DeadRecordHeaders = Type.Object({
  'x-reason': reason,
  'x-original-topic': Text('Where it was, without the deployment’s prefix'),
  'x-original-partition': Type.String({ pattern: '^[0-9]+$' }),
  'x-original-offset': Type.String({ pattern: '^[0-9]+$' }),
  'x-withheld': Type.Optional(
    Text('What was left out: the record was too large to be kept, or may hold an address in clear'),
  ),
});

/** Of a job that no try could carry out. */
export const DeadJobHeaders = Type.Object({
  'content-type': Type.Literal('application/json'),
  'x-reason': reason,
  'x-original-queue': Text('The queue that it was on'),
  'x-original-job': Text('The id that it had there'),
  'x-tries': Type.String({ pattern: '^[0-9]+$', description: 'How often it was tried' }),
});

/** Of a record that marks another one of its partition as put back to where it came from. */
export const ReplayMarkerHeaders = Type.Object({
  'x-replayed': Type.String({ pattern: '^[0-9]+/[0-9]+$', description: '`<partition>/<offset>` of the dead letter' }),
});

/** The headers of an event of `EVENT_EXAMPLES`. */
export function exampleHeaders(type: string, { key, id }: { key: string; id: string }): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_source: 'urn:watchword:a',
    ce_subject: key,
    ce_time: '2026-09-21T13:33:20.000Z',
    'content-type': 'application/json',
  };
}
