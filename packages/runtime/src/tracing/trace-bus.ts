import type { Bus, IncomingRecord, OutgoingEvent } from '@watchword/bus';
import { parseVerificationId } from '@watchword/contracts';
import { ATTRIBUTE, messageAttributes } from './attributes.ts';
import type { SpanStart, Spans } from './spans.ts';

/**
 * A bus whose events carry the span that published them, and whose handlers run in one of their own. What is read again for a
 * recovery, and dead letters, are nobody's trace.
 */
export function traceBus(bus: Bus, spans: Spans): Bus {
  return {
    ...bus,
    publish: async (event, options) =>
      spans.run(publication(event), async (span) =>
        bus.publish(
          span ? { ...event, envelope: { ...event.envelope, traceparent: span.traceparent } } : event,
          options,
        ),
      ),
    subscribe: async (options) =>
      options.envelope === 'none'
        ? bus.subscribe({
            ...options,
            // others write these, so a trace may begin here
            handle: async (record: IncomingRecord) => {
              const { traceparent } = record.headers;
              return spans.run(consumption(options.group, record, { traceparent, mayBegin: true }), async () =>
                options.handle(record),
              );
            },
          })
        : bus.subscribe({
            ...options,
            handle: async (event) => {
              const { traceparent, id } = event.envelope;
              const start = consumption(options.group, event, { traceparent, mayBegin: false }, id);
              return spans.run(start, async () => options.handle(event));
            },
          }),
  };
}

function publication({ topic, key, envelope }: OutgoingEvent): SpanStart {
  return {
    name: `send ${topic}`,
    kind: 'producer',
    origin: { from: 'verification', traceparent: envelope.traceparent },
    attributes: {
      ...messageAttributes('kafka', 'send', topic),
      [ATTRIBUTE.messagingId]: envelope.id,
      ...aboutKey(key),
    },
  };
}

function consumption(
  group: string,
  { topic, partition, offset, key }: IncomingRecord,
  from: { traceparent: string | undefined; mayBegin: boolean },
  id?: string,
): SpanStart {
  return {
    name: `process ${topic}`,
    kind: 'consumer',
    origin: { from: 'outside', ...from },
    attributes: {
      ...messageAttributes('kafka', 'process', topic),
      [ATTRIBUTE.messagingGroup]: group,
      [ATTRIBUTE.messagingPartition]: String(partition),
      [ATTRIBUTE.kafkaOffset]: Number(offset),
      ...(id !== undefined && { [ATTRIBUTE.messagingId]: id }),
      ...aboutKey(key),
    },
  };
}

/** A key of another form is somebody else's, and may be anything. */
function aboutKey(key: string): Record<string, string> {
  return parseVerificationId(key) ? { [ATTRIBUTE.verification]: key } : {};
}
