import { defineMetrics } from '../spec.ts';
import { REQUEST_SECONDS } from './buckets.ts';

/** What every process shows, whichever services it runs. */
export const processMetrics = defineMetrics({
  buildInfo: {
    name: 'watchword_build_info',
    type: 'gauge',
    unit: 'always 1',
    help: 'Always 1; the labels say what runs.',
    labels: { version: 'version', node: 'version', service_instance_id: 'version' },
    follows: ['node', 'service_instance_id'],
  },
  ready: {
    name: 'watchword_ready',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether the process (all) and each of its parts is ready, as /readyz says; the bus does not count where a service can do without.',
    labels: { part: 'part' },
  },
  redisMasters: {
    name: 'watchword_redis_masters',
    type: 'gauge',
    unit: 'masters',
    help: 'Masters of a Redis Cluster that take writes (writable) and that do not (lost), by role of the connection; no series where Redis is no Cluster.',
    labels: { role: ['state', 'queue'], state: ['writable', 'lost'] },
  },
  traceSpans: {
    name: 'watchword_trace_spans_total',
    type: 'counter',
    unit: 'spans',
    help: 'Spans by what became of them: exported, failed (the collector did not take them), dropped (too many waited).',
    labels: { outcome: ['exported', 'failed', 'dropped'] },
  },
  requestDuration: {
    name: 'http_server_request_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the arrival of a request to the end of its answer. Route: the pattern, never the path; error_type: the status from 500 on.',
    labels: {
      http_request_method: 'method',
      http_route: 'route',
      http_response_status_code: 'status',
      error_type: 'status',
    },
    follows: ['http_request_method', 'error_type'],
    buckets: REQUEST_SECONDS,
  },
  activeRequests: {
    name: 'http_server_active_requests',
    type: 'gauge',
    unit: 'requests',
    help: 'Requests that are not answered yet.',
    labels: { http_request_method: 'method' },
  },
});
