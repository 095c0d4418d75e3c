import type { Dashboard, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { backlog } from './backlog.ts';
import { overview } from './overview.ts';
import { providers } from './providers.ts';

const FOLDER = 'infra/observability/grafana/dashboards';
const BOARDS: Readonly<Record<string, () => DashboardBuilder>> = { overview, backlog, providers };

/** The dashboards as files that Grafana's provisioning reads, by their paths. */
export const DASHBOARD_FILES: Readonly<Record<string, () => string>> = Object.fromEntries(
  Object.entries(BOARDS).map(([name, board]) => [
    `${FOLDER}/${name}.json`,
    () => `${JSON.stringify(numberPanels(board().build()), undefined, 2)}\n`,
  ]),
);

/** Links and alerts name a panel by its id, so it is written down rather than left to Grafana. */
function numberPanels(dashboard: Dashboard): Dashboard {
  return { ...dashboard, panels: (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 })) };
}
