/** Of one label's values, or all. */
const REQUESTS = 'service=~"$service",http_route!~"/livez|/readyz|/metrics"';

/** Requests a second. */
export const requestRate = (by: string): string =>
  `sum by (${by}) (rate(http_server_request_duration_seconds_count{${REQUESTS}}[$__rate_interval]))`;

/** A quantile of a histogram. */
export const quantile = (share: number, histogram: string, selector: string, by: string): string =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${histogram}_bucket${selector}[$__rate_interval])))`;

export const requestQuantile = (share: number, by: string): string =>
  quantile(share, 'http_server_request_duration_seconds', `{${REQUESTS}}`, by);

/** A counter's increase a second. */
export const perSecond = (counter: string, selector: string, by: string): string =>
  `sum by (${by}) (rate(${counter}${selector}[$__rate_interval]))`;
