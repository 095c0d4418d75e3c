import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** The data source that the provisioning names so. */
const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
const TAG = 'watchword';
/** Grafana's grid is 24 wide: three panels, or six figures, in a row. */
const PANEL = { width: 8, height: 8 };
const FIGURE = { width: 4, height: 4 };
const LEGEND = new VizLegendOptionsBuilder()
  .showLegend(true)
  .displayMode(LegendDisplayMode.List)
  .placement(LegendPlacement.Bottom)
  .calcs([]);
const TOOLTIP = new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** Units as Grafana names them. */
export type Unit = 'reqps' | 's' | 'percentunit' | 'short' | 'bytes' | 'bool' | 'cps';

/** A query with what its series are called, by their labels. */
export type Query = readonly [expr: string, legend: string];

/** A panel of lines. */
export function lines(title: string, unit: Unit, description: string, ...queries: readonly Query[]): SeriesBuilder {
  const panel = new SeriesBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .min(0)
    .fillOpacity(10)
    .legend(LEGEND)
    .tooltip(TOOLTIP)
    .span(PANEL.width)
    .height(PANEL.height);
  for (const [at, [expr, legend]] of queries.entries())
    panel.withTarget(target(expr, refId(at)).legendFormat(legend).range());
  return panel;
}

/** One number. `badFrom`: red from there on; `goodFrom`: red below it. */
export function figure(
  title: string,
  unit: Unit,
  description: string,
  expr: string,
  limit?: { badFrom: number } | { goodFrom: number },
): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .thresholds(thresholdsOf(limit))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .span(FIGURE.width)
    .height(FIGURE.height)
    .withTarget(target(expr, 'A').range());
}

/** A dashboard with what all of them share: time, refresh, links to each other, and a choice for each of `choices`. */
export function dashboard(
  uid: string,
  title: string,
  description: string,
  choices: Readonly<Record<string, string>>,
): DashboardBuilder {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .link(
      new DashboardLinkBuilder('Watchword')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .keepTime(true)
        .asDropdown(true),
    );
  for (const [name, metric] of Object.entries(choices)) builder.withVariable(choice(name, metric));
  return builder;
}

/** All values that a label has in a metric, to choose from. */
function choice(label: string, metric: string): QueryVariableBuilder {
  const query = `label_values(${metric}, ${label})`;
  return new QueryVariableBuilder(label)
    .label(label)
    .datasource(PROMETHEUS)
    .query({ query, refId: `choice-${label}` })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true });
}

function target(expr: string, id: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(PROMETHEUS).refId(id).expr(expr);
}

function refId(at: number): string {
  return String.fromCodePoint('A'.codePointAt(0)! + at);
}

function thresholdsOf(limit: { badFrom: number } | { goodFrom: number } | undefined): ThresholdsConfigBuilder {
  const steps = limit
    ? 'badFrom' in limit
      ? [
          { value: null, color: 'green' },
          { value: limit.badFrom, color: 'red' },
        ]
      : [
          { value: null, color: 'red' },
          { value: limit.goodFrom, color: 'green' },
        ]
    : [{ value: null, color: 'text' }];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
