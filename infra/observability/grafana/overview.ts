import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, figure, lines } from './panels.ts';
import { perSecond, quantile, requestQuantile, requestRate } from './queries.ts';

const CHANNEL = '{channel=~"$channel"}';

/** What is promised, rate, errors and duration of each service, and what became of the codes. */
export function overview(): DashboardBuilder {
  const board = dashboard(
    'watchword-overview',
    'Watchword: overview',
    'Promises, services, and what became of the codes.',
    {
      service: 'watchword_build_info',
      channel: 'watchword_accept_to_submit_seconds_count',
    },
  );
  addPromises(board);
  addServices(board);
  addCodes(board);
  return board;
}

function addPromises(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Promises'))
    .withPanel(
      figure(
        'Late within the hour',
        'percentunit',
        'Accepted verifications that were not with a provider within 10 s; 0.1 % is promised.',
        'watchword:submissions_late:ratio_rate1h',
        { badFrom: 0.001 },
      ),
    )
    .withPanel(
      figure(
        'Oldest send that waits',
        's',
        'In the lines and on the queues; more than 10 s pages somebody.',
        'max(max by (channel) (watchword_gate_oldest_seconds) or max by (channel) (watchword_queue_oldest_seconds))',
        { badFrom: 10 },
      ),
    )
    .withPanel(
      figure(
        'Oldest event in an outbox',
        's',
        'What is not in Kafka yet is lost where Redis loses its data.',
        'max(watchword_outbox_age_seconds)',
        { badFrom: 60 },
      ),
    )
    .withPanel(
      figure(
        'Conversion within the hour',
        'percentunit',
        'Of the messages that providers accepted, those whose code was approved.',
        'sum(increase(watchword_outcomes_total{outcome="approved",channel=~"$channel"}[1h])) / sum(increase(watchword_attempts_total{outcome="accepted",channel=~"$channel"}[1h]))',
      ),
    )
    .withPanel(
      figure(
        'Buckets being restored',
        'short',
        'Verifications in them are neither sent nor judged until they are whole.',
        'sum(watchword_buckets_recovering)',
        { badFrom: 1 },
      ),
    )
    .withPanel(
      figure('Processes ready', 'percentunit', 'Of all that are scraped.', 'avg(watchword_ready{part="all"})', {
        goodFrom: 1,
      }),
    );
}

function addServices(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Services: rate, errors, duration'))
    .withPanel(
      lines('Requests', 'reqps', 'Without probes and metrics.', [
        requestRate('service, http_route'),
        '{{service}} {{http_route}}',
      ]),
    )
    .withPanel(
      lines('Requests answered 5xx', 'percentunit', 'Share of each service’s requests; 0.1 % is promised.', [
        'watchword:http_errors:ratio_rate5m{service=~"$service"}',
        '{{service}}',
      ]),
    )
    .withPanel(
      lines(
        'Duration of requests',
        's',
        'Half and 99 % are faster.',
        [requestQuantile(0.5, 'service'), '{{service}} p50'],
        [requestQuantile(0.99, 'service'), '{{service}} p99'],
      ),
    )
    .withPanel(
      lines('Records and jobs', 'cps', 'Calls of handlers: records by group, jobs by queue.', [
        perSecond(
          'messaging_process_duration_seconds_count',
          '',
          'messaging_consumer_group_name, messaging_destination_name',
        ),
        '{{messaging_consumer_group_name}} {{messaging_destination_name}}',
      ]),
    )
    .withPanel(
      lines('Handlers that failed', 'cps', 'By the code of the fault; they are tried again.', [
        perSecond(
          'messaging_process_duration_seconds_count',
          '{error_type!=""}',
          'messaging_consumer_group_name, error_type',
        ),
        '{{messaging_consumer_group_name}} {{error_type}}',
      ]),
    )
    .withPanel(
      lines('Duration of handlers', 's', '99 % are faster.', [
        quantile(
          0.99,
          'messaging_process_duration_seconds',
          '',
          'messaging_consumer_group_name, messaging_destination_name',
        ),
        '{{messaging_consumer_group_name}} {{messaging_destination_name}}',
      ]),
    )
    .withPanel(
      lines('CPU', 'short', 'Cores that each process uses.', [
        'sum by (service, instance) (rate(process_cpu_seconds_total{service=~"$service"}[$__rate_interval]))',
        '{{service}} {{instance}}',
      ]),
    )
    .withPanel(
      lines('Memory', 'bytes', 'Resident.', [
        'sum by (service, instance) (process_resident_memory_bytes{service=~"$service"})',
        '{{service}} {{instance}}',
      ]),
    )
    .withPanel(
      lines('Event loop', 's', '99 % of its delays are below.', [
        'max by (service, instance) (nodejs_eventloop_lag_p99_seconds{service=~"$service"})',
        '{{service}} {{instance}}',
      ]),
    );
}

function addCodes(board: DashboardBuilder): void {
  const inbox = (stage: string) => `{channel=~"$channel",stage="${stage}"}`;
  board
    .withRow(new RowBuilder('Codes'))
    .withPanel(
      lines('Starts', 'cps', 'By what became of them.', [
        perSecond('watchword_starts_total', '', 'outcome'),
        '{{outcome}}',
      ]),
    )
    .withPanel(
      lines(
        'Accepted → submitted',
        's',
        'From the admission to the first call to a provider.',
        [quantile(0.5, 'watchword_accept_to_submit_seconds', CHANNEL, 'channel'), '{{channel}} p50'],
        [quantile(0.99, 'watchword_accept_to_submit_seconds', CHANNEL, 'channel'), '{{channel}} p99'],
      ),
    )
    .withPanel(
      lines(
        'Time to inbox',
        's',
        'From the admission to the provider’s acceptance and to its receipt of the delivery, first sends.',
        [quantile(0.5, 'watchword_time_to_inbox_seconds', inbox('accepted'), 'channel'), '{{channel}} accepted p50'],
        [quantile(0.5, 'watchword_time_to_inbox_seconds', inbox('delivered'), 'channel'), '{{channel}} delivered p50'],
        [quantile(0.95, 'watchword_time_to_inbox_seconds', inbox('delivered'), 'channel'), '{{channel}} delivered p95'],
      ),
    )
    .withPanel(
      lines(
        'Time to verify',
        's',
        'From the admission to the approval.',
        [quantile(0.5, 'watchword_time_to_verify_seconds', CHANNEL, 'channel'), '{{channel}} p50'],
        [quantile(0.95, 'watchword_time_to_verify_seconds', CHANNEL, 'channel'), '{{channel}} p95'],
      ),
    )
    .withPanel(
      lines('Checks', 'cps', 'By what came of them.', [
        perSecond('watchword_checks_total', '', 'outcome'),
        '{{outcome}}',
      ]),
    )
    .withPanel(
      lines('How verifications end', 'cps', '', [perSecond('watchword_outcomes_total', '', 'outcome'), '{{outcome}}']),
    )
    .withPanel(
      lines(
        'Conversion',
        'percentunit',
        'Of the messages that providers accepted, those whose code was approved, and the day before.',
        ['watchword:conversion_by_channel:ratio_increase1h', '{{channel}}'],
        ['watchword:conversion_by_channel:ratio_increase1d_offset_6h', '{{channel}}, day before'],
      ),
    )
    .withPanel(
      lines('Cost per hour', 'short', 'By the prices of the configuration.', [
        'sum by (channel, currency) (rate(watchword_attempt_cost_total{channel=~"$channel"}[$__rate_interval])) * 3600',
        '{{channel}} {{currency}}',
      ]),
    )
    .withPanel(
      lines('Cost per approval', 'short', 'What all messages of the hour cost, for each that led to an approval.', [
        'sum by (channel, currency) (increase(watchword_attempt_cost_total{channel=~"$channel"}[1h])) / on (channel) group_left sum by (channel) (increase(watchword_outcomes_total{outcome="approved",channel=~"$channel"}[1h]))',
        '{{channel}} {{currency}}',
      ]),
    );
}
