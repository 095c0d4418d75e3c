import { RowBuilder, type DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, lines } from './panels.ts';
import { perSecond, quantile } from './queries.ts';

const CHOSEN = '{channel=~"$channel",provider=~"$provider"}';

/** What each provider takes, delivers, converts and costs. */
export function providers(): DashboardBuilder {
  const board = dashboard(
    'watchword-providers',
    'Watchword: providers',
    'What each provider takes, delivers, converts and costs.',
    {
      channel: 'watchword_attempts_total',
      provider: 'watchword_attempts_total',
    },
  );
  addAttempts(board);
  addReceipts(board);
  return board;
}

function addAttempts(board: DashboardBuilder): void {
  board
    .withRow(new RowBuilder('Attempts'))
    .withPanel(
      lines('Attempts', 'cps', 'By what the provider said.', [
        perSecond('watchword_attempts_total', CHOSEN, 'provider, outcome'),
        '{{provider}} {{outcome}}',
      ]),
    )
    .withPanel(
      lines('Errors', 'cps', 'Rejected and unknown ones by class.', [
        perSecond(
          'watchword_attempts_total',
          '{channel=~"$channel",provider=~"$provider",error!=""}',
          'provider, error',
        ),
        '{{provider}} {{error}}',
      ]),
    )
    .withPanel(
      lines('Own faults', 'percentunit', 'Attempts that failed by the provider’s fault; half of them page somebody.', [
        `watchword:provider_faults:ratio_rate5m${CHOSEN}`,
        '{{provider}}',
      ]),
    )
    .withPanel(
      lines(
        'Duration of calls',
        's',
        'Half and 99 % are faster.',
        [quantile(0.5, 'watchword_provider_call_seconds', CHOSEN, 'provider'), '{{provider}} p50'],
        [quantile(0.99, 'watchword_provider_call_seconds', CHOSEN, 'provider'), '{{provider}} p99'],
      ),
    )
    .withPanel(
      lines('Cost per hour', 'short', 'By the prices of the configuration.', [
        `sum by (provider, currency) (rate(watchword_attempt_cost_total${CHOSEN}[$__rate_interval])) * 3600`,
        '{{provider}} {{currency}}',
      ]),
    )
    .withPanel(
      lines('Without a price', 'cps', 'Accepted attempts that are missing in the cost.', [
        perSecond('watchword_unpriced_attempts_total', CHOSEN, 'provider'),
        '{{provider}}',
      ]),
    );
}

function addReceipts(board: DashboardBuilder): void {
  const delivered = '{channel=~"$channel",provider=~"$provider",stage="delivered"}';
  board
    .withRow(new RowBuilder('Delivery and conversion'))
    .withPanel(
      lines(
        'Time to inbox',
        's',
        'From the admission to the provider’s receipt of the delivery, first sends.',
        [quantile(0.5, 'watchword_time_to_inbox_seconds', delivered, 'provider'), '{{provider}} p50'],
        [quantile(0.95, 'watchword_time_to_inbox_seconds', delivered, 'provider'), '{{provider}} p95'],
      ),
    )
    .withPanel(
      lines(
        'Conversion',
        'percentunit',
        'Of the accepted messages, those whose code was approved, and the day before.',
        [`watchword:conversion_by_provider:ratio_increase1h${CHOSEN}`, '{{provider}}'],
        [`watchword:conversion_by_provider:ratio_increase1d_offset_6h${CHOSEN}`, '{{provider}}, day before'],
      ),
    )
    .withPanel(
      lines('Time to verify', 's', 'From the admission to the approval by its code; half are faster.', [
        quantile(0.5, 'watchword_time_to_verify_seconds', CHOSEN, 'provider'),
        '{{provider}}',
      ]),
    )
    .withPanel(
      lines('Webhooks', 'cps', 'Receipts by what became of them.', [
        perSecond('watchword_receipts_total', '{provider=~"$provider"}', 'provider, outcome'),
        '{{provider}} {{outcome}}',
      ]),
    )
    .withPanel(
      lines('Receipts in the state', 'cps', 'Folded, nothing new, or of no attempt.', [
        perSecond('watchword_receipts_folded_total', '{provider=~"$provider"}', 'provider, outcome'),
        '{{provider}} {{outcome}}',
      ]),
    )
    .withPanel(
      lines('Possible duplicates', 'percentunit', 'Attempts that ended unknown: the message may have gone out.', [
        'watchword:attempts_unknown:ratio_rate5m{channel=~"$channel"}',
        '{{channel}}',
      ]),
    );
}
