import type { Bus, PublishOptions } from '@watchword/bus';
import type { EventTopic } from '@watchword/contracts';
import type { ComposedEvent } from '@watchword/verification';

export type PublishableEvent = Omit<ComposedEvent, 'data' | 'topic'> & {
  topic: EventTopic;
  data: object;
  /** W3C trace context. */
  traceparent?: string;
};

/** Rejects as `Bus.publish` does. */
export type PublishEvent = (event: PublishableEvent, options?: PublishOptions) => Promise<void>;

/** CloudEvents: the same event, whoever publishes it, has the same id. */
export function createPublisher(bus: Pick<Bus, 'publish'>, region: string): PublishEvent {
  const source = `urn:watchword:${region}`;
  return async (event, publishOptions) => {
    const envelope = {
      id: event.id,
      type: event.type,
      source,
      subject: event.key,
      time: new Date(event.timeMs).toISOString(),
      ...(event.traceparent !== undefined && { traceparent: event.traceparent }),
    };
    await bus.publish(
      { topic: event.topic, key: event.key, envelope, data: JSON.stringify(event.data) },
      publishOptions,
    );
  };
}
