import { defineMetrics } from '../spec.ts';
import { MESSAGING_SECONDS } from './buckets.ts';

const SYSTEMS = ['kafka', 'bullmq'] as const;

/** Kafka and the queues. What OpenTelemetry has a convention for is called by it, the rest `watchword_bus_…`. */
export const busMetrics = defineMetrics({
  operationDuration: {
    name: 'messaging_client_operation_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From publish to the acknowledgement of all in-sync replicas, failed ones too.',
    labels: {
      messaging_system: ['kafka'],
      messaging_operation_name: ['send'],
      messaging_destination_name: 'topic',
      error_type: ['', 'timeout', 'full', 'unavailable', 'closed'],
    },
    buckets: MESSAGING_SECONDS,
  },
  consumedMessages: {
    name: 'messaging_client_consumed_messages_total',
    type: 'counter',
    unit: 'records',
    help: 'Records that a consumer group has finished; error_type `dead`: sent to the dead letters.',
    labels: {
      messaging_system: ['kafka'],
      messaging_destination_name: 'topic',
      messaging_consumer_group_name: 'group',
      error_type: ['', 'dead'],
    },
    follows: ['messaging_consumer_group_name'],
  },
  processDuration: {
    name: 'messaging_process_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'One call of a handler of records (Kafka) or jobs (BullMQ), failed ones too.',
    labels: {
      messaging_system: SYSTEMS,
      messaging_destination_name: 'destination',
      messaging_consumer_group_name: 'group',
      error_type: 'fault',
    },
    follows: ['messaging_system', 'messaging_consumer_group_name'],
    buckets: MESSAGING_SECONDS,
  },
  sendRetries: {
    name: 'watchword_bus_send_retries_total',
    type: 'counter',
    unit: 'batches',
    help: 'Batches sent again after an unknown outcome.',
    labels: { topic: 'topic' },
  },
  dropped: {
    name: 'watchword_bus_dropped_total',
    type: 'counter',
    unit: 'messages',
    help: 'Messages given up with an unknown outcome.',
    labels: { topic: 'topic' },
  },
  laneMessages: {
    name: 'watchword_bus_lane_messages',
    type: 'gauge',
    unit: 'messages',
    help: 'Messages that Kafka has not acknowledged.',
    labels: { topic: 'topic' },
  },
  laneOldest: {
    name: 'watchword_bus_lane_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Age of the oldest message that Kafka has not acknowledged.',
    labels: { topic: 'topic' },
  },
  handleRetries: {
    name: 'watchword_bus_handle_retries_total',
    type: 'counter',
    unit: 'calls',
    help: 'Calls of a handler that failed and are tried again.',
    labels: { topic: 'topic', group: 'group' },
    follows: ['group'],
  },
  handlersLate: {
    name: 'watchword_bus_handlers_late_total',
    type: 'counter',
    unit: 'calls',
    help: 'Calls of a handler that did not return within 45 s: look at the log line, then restart the process.',
    labels: { topic: 'topic', group: 'group' },
    follows: ['group'],
  },
  deadLetters: {
    name: 'watchword_bus_dead_letters_total',
    type: 'counter',
    unit: 'records',
    help: 'Records sent to a dead-letter topic.',
    labels: { topic: 'topic', group: 'group' },
    follows: ['group'],
  },
  consumerRestarts: {
    name: 'watchword_bus_consumer_restarts_total',
    type: 'counter',
    unit: 'members',
    help: 'Members of a group made anew after a crash.',
    labels: { group: 'group' },
  },
  lag: {
    name: 'watchword_bus_lag_messages',
    type: 'gauge',
    unit: 'records',
    help: 'Records of the assigned partitions that this member has not finished, as of the last fetch.',
    labels: { topic: 'topic', group: 'group' },
    follows: ['group'],
  },
  sinceProgress: {
    name: 'watchword_bus_since_progress_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Since the last finished record of a partition that has unfinished ones, the longest of all; 0: none stands still.',
    labels: { group: 'group' },
  },
  read: {
    name: 'watchword_bus_read_total',
    type: 'counter',
    unit: 'records',
    help: 'Records read by offset, without a group, again or to follow a table: done or skipped.',
    labels: { topic: 'topic', outcome: ['done', 'skipped'] },
  },
});
