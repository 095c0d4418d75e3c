import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, figure, lines } from './panels.ts';
import { perSecond, quantile } from './queries.ts';

const CHANNEL = '{channel=~"$channel"}';

/** What waits and why: queues, Kafka, outboxes, Redis, recoveries. */
export function backlog(): DashboardBuilder {
  const board = dashboard('watchword-backlog', 'Watchword: engines and backlog', 'What waits, and for which engine.', {
    channel: 'watchword_queue_jobs',
    topic: 'watchword_bus_lane_messages',
  });
  addQueues(board);
  addKafka(board);
  addState(board);
  return board;
}

function addQueues(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Queues'))
    .withPanel(
      lines('Jobs', 'short', 'On each channel’s queue.', [
        `max by (channel, state) (watchword_queue_jobs${CHANNEL})`,
        '{{channel}} {{state}}',
      ]),
    )
    .withPanel(
      lines('Sends before the queues', 'short', 'In the dispatchers’ lines, since the queue is kept short.', [
        `sum by (channel) (watchword_gate_waiting${CHANNEL})`,
        '{{channel}}',
      ]),
    )
    .withPanel(
      lines(
        'Oldest',
        's',
        'In the lines and on the queue.',
        [`max by (channel) (watchword_gate_oldest_seconds${CHANNEL})`, '{{channel}} in line'],
        [`max by (channel) (watchword_queue_oldest_seconds${CHANNEL})`, '{{channel}} on the queue'],
      ),
    )
    .withPanel(
      lines('Sends at the gate', 'cps', 'At once, after waiting, or refused a place in line.', [
        perSecond('watchword_gate_sends_total', CHANNEL, 'channel, outcome'),
        '{{channel}} {{outcome}}',
      ]),
    )
    .withPanel(
      lines('Runs of jobs', 'cps', 'By what became of them.', [
        perSecond('watchword_jobs_total', CHANNEL, 'channel, outcome'),
        '{{channel}} {{outcome}}',
      ]),
    )
    .withPanel(
      lines('Moves', 'cps', 'Looks at verifications by the move they led to.', [
        perSecond('watchword_moves_total', '', 'move'),
        '{{move}}',
      ]),
    );
}

function addKafka(board: DashboardBuilder): void {
  const topic = '{messaging_destination_name=~"$topic"}';
  board
    .withRow(new RowBuilder('Kafka'))
    .withPanel(
      lines('Lag', 'short', 'Records that no group’s member has finished.', [
        'sum by (group, topic) (watchword_bus_lag_messages)',
        '{{group}} {{topic}}',
      ]),
    )
    .withPanel(
      lines('Without progress', 's', 'A partition with records and none finished; 60 s page somebody.', [
        'max by (group) (watchword_bus_since_progress_seconds)',
        '{{group}}',
      ]),
    )
    .withPanel(
      lines('Finished records', 'cps', '', [
        perSecond(
          'messaging_client_consumed_messages_total',
          '',
          'messaging_consumer_group_name, messaging_destination_name',
        ),
        '{{messaging_consumer_group_name}} {{messaging_destination_name}}',
      ]),
    )
    .withPanel(
      lines('Published', 'cps', 'By what came of it.', [
        perSecond('messaging_client_operation_duration_seconds_count', topic, 'messaging_destination_name, error_type'),
        '{{messaging_destination_name}} {{error_type}}',
      ]),
    )
    .withPanel(
      lines('Publish to acknowledgement', 's', '99 % are faster.', [
        quantile(0.99, 'messaging_client_operation_duration_seconds', topic, 'messaging_destination_name'),
        '{{messaging_destination_name}}',
      ]),
    )
    .withPanel(
      lines('Lanes', 's', 'Age of the oldest message that Kafka has not acknowledged.', [
        'max by (topic) (watchword_bus_lane_oldest_seconds{topic=~"$topic"})',
        '{{topic}}',
      ]),
    )
    .withPanel(
      lines('Unacknowledged', 'short', 'Messages in the lanes.', [
        'sum by (topic) (watchword_bus_lane_messages{topic=~"$topic"})',
        '{{topic}}',
      ]),
    )
    .withPanel(
      lines(
        'Trouble',
        'cps',
        'Batches sent again, messages given up, handlers tried again, members made anew, handlers that do not return.',
        [perSecond('watchword_bus_send_retries_total', '', 'topic'), 'sent again {{topic}}'],
        [perSecond('watchword_bus_dropped_total', '', 'topic'), 'given up {{topic}}'],
        [perSecond('watchword_bus_handle_retries_total', '', 'group'), 'tried again {{group}}'],
        [perSecond('watchword_bus_consumer_restarts_total', '', 'group'), 'made anew {{group}}'],
        [perSecond('watchword_bus_handlers_late_total', '', 'group'), 'does not return {{group}}'],
      ),
    )
    .withPanel(
      lines(
        'Dead letters',
        'short',
        'In an hour: records, jobs, events.',
        ['sum by (topic) (increase(watchword_bus_dead_letters_total[1h]))', '{{topic}}'],
        ['sum by (channel) (increase(watchword_dead_jobs_total[1h]))', 'deliver-{{channel}}'],
        ['sum(increase(watchword_outbox_quarantined_total[1h]))', 'outbox'],
      ),
    );
}

function addState(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Redis, outboxes, recovery'))
    .withPanel(
      figure(
        'Masters that take no writes',
        'short',
        'Of a Redis Cluster.',
        'max(watchword_redis_masters{state="lost"}) or vector(0)',
        { badFrom: 1 },
      ),
    )
    .withPanel(
      figure(
        'Buckets with an owner',
        'short',
        'Of 256; more while dispatchers come and go.',
        'sum(watchword_buckets_owned)',
        { goodFrom: 256 },
      ),
    )
    .withPanel(figure('Buckets being restored', 'short', '', 'sum(watchword_buckets_recovering)', { badFrom: 1 }))
    .withPanel(
      figure(
        'Last recovery: read',
        's',
        'From the loss until codes are judged again.',
        'max(watchword_recovery_seconds{part="reading"})',
      ),
    )
    .withPanel(
      figure(
        'Last recovery: settled',
        's',
        'From the loss until codes are sent again.',
        'max(watchword_recovery_seconds{part="settling"})',
      ),
    )
    .withPanel(
      figure('Brokers’ clock behind', 's', 'A recovery bears 10 s.', 'max(watchword_broker_clock_behind_seconds)', {
        badFrom: 5,
      }),
    )
    .withPanel(
      lines('Outboxes', 's', 'Age of the oldest event that waits.', ['max(watchword_outbox_age_seconds)', 'oldest']),
    )
    .withPanel(
      lines('Parts that are not ready', 'short', 'Processes, by part.', [
        'count by (service, part) (watchword_ready{part!="all"} == 0)',
        '{{service}} {{part}}',
      ]),
    )
    .withPanel(
      lines('Events read for a recovery', 'cps', '', [
        perSecond('watchword_recovery_events_total', '', 'topic, outcome'),
        '{{topic}} {{outcome}}',
      ]),
    );
}
