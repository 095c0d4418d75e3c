/**
 * The attributes of our spans. First OpenTelemetry's own names (https://opentelemetry.io/docs/specs/semconv/), then ours. No
 * `url.path`, though HTTP's conventions ask for it: the paths of some webhooks carry a signature.
 */
export const ATTRIBUTE = {
  errorType: 'error.type',
  httpMethod: 'http.request.method',
  httpRoute: 'http.route',
  httpStatus: 'http.response.status_code',
  messagingSystem: 'messaging.system',
  messagingOperation: 'messaging.operation.name',
  messagingOperationType: 'messaging.operation.type',
  messagingDestination: 'messaging.destination.name',
  messagingPartition: 'messaging.destination.partition.id',
  messagingGroup: 'messaging.consumer.group.name',
  messagingId: 'messaging.message.id',
  kafkaOffset: 'messaging.kafka.offset',
  verification: 'watchword.verification.id',
  attempt: 'watchword.attempt.id',
  channel: 'watchword.channel',
  provider: 'watchword.provider',
  outcome: 'watchword.outcome',
  trigger: 'watchword.trigger',
  receipt: 'watchword.receipt.status',
} as const;

type Operation = 'send' | 'process';

/** What every span about a message has. */
export function messageAttributes(system: 'kafka' | 'bullmq', operation: Operation, destination: string) {
  return {
    [ATTRIBUTE.messagingSystem]: system,
    [ATTRIBUTE.messagingOperation]: operation,
    [ATTRIBUTE.messagingOperationType]: operation,
    [ATTRIBUTE.messagingDestination]: destination,
  };
}
