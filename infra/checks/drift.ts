// Files that are made from code: says which differ from what the code would make and which nothing makes any more, or writes them
// (`npm run generate`).
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  ERROR_CODES,
  TOPICS,
  ingressTopic,
  ingressTopicSpec,
  renderAsyncApi,
  renderOpenApi,
} from '@watchword/contracts';
import { renderMetricsPage } from '@watchword/metrics';
import { renderConfigReference } from '@watchword/runtime';
import { renderGateway } from '../gateway/render-gateway.ts';
import { DASHBOARD_FILES } from '../observability/grafana/render.ts';
import { renderNetworks, renderNumberPrefixes } from '../operators/render-operators.ts';
import { findLeftOver } from './left-over.ts';
import { readLimits, renderLimits } from './limits.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** Where only what is made from code may lie. */
const GENERATED_FOLDERS = ['infra/observability/grafana/dashboards'];
const made: Record<string, () => string> = {
  'docs/openapi.json': () => `${JSON.stringify(renderOpenApi(version), undefined, 2)}\n`,
  'docs/asyncapi.json': () => `${JSON.stringify(renderAsyncApi(version), undefined, 2)}\n`,
  'docs/errors.md': renderErrors,
  'docs/topics.md': renderTopics,
  'docs/metrics.md': renderMetricsPage,
  'docs/config.md': renderConfigReference,
  'docs/limits.md': renderLimitsPage,
  ...DASHBOARD_FILES,
  'infra/gateway/nginx.conf': renderGateway,
  'packages/policy/src/operators/number-prefixes.json': renderNumberPrefixes,
  'packages/policy/src/operators/networks.json': renderNetworks,
};

function renderErrors(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return `# Faults\n\nEvery fault has a code, in logs and, in lower case, as the \`code\` of the problem that it becomes; problems that are no fault (\`locked\`, \`rate_limited\` …) are in openapi.json. Made from the code by \`npm run generate\`.\n\n| code | what it means, what to do |\n| --- | --- |\n${rows.join('\n')}\n`;
}

function renderTopics(): string {
  const hours = (ms: number): string => (ms >= 86_400_000 ? `${ms / 86_400_000} d` : `${ms / 3_600_000} h`);
  const rows = [...TOPICS, ingressTopicSpec(ingressTopic('<tenant>'))].map(
    ({ name, partitions, retentionMs, compacted }) =>
      `| \`${name}\` | ${partitions} | ${compacted ? `the last of each key; a deletion ${hours(retentionMs)}` : hours(retentionMs)} |`,
  );
  return `# Topics\n\nCloudEvents 1.0 in Kafka's binary mode, JSON, keyed by verification id; other keys are in asyncapi.json. Made from the code by \`npm run generate\`.\n\n| topic | partitions | kept |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** What runs in production: neither tests nor what plays the providers. */
function renderLimitsPage(): string {
  const files = globSync('{packages,services}/*/src/**/*.{ts,lua}').filter(
    (file) => !/^(packages\/testkit|services\/carrier-sim)\/|\.test\.ts$|-for-tests\.ts$|conformance\.ts$/.test(file),
  );
  return renderLimits(files.toSorted().flatMap((file) => readLimits(file, readFileSync(file, 'utf8'))));
}

const write = process.argv.includes('--write');
const drifted: string[] = [];
for (const [path, render] of Object.entries(made)) {
  const text = render();
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  drifted.push(path);
  if (!write) continue;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (write) console.log(drifted.length > 0 ? `written: ${drifted.join(', ')}` : 'nothing to write');
else if (drifted.length > 0) {
  console.error(
    `These files are not what the code would make: ${drifted.join(', ')}\nRun \`npm run generate\` and commit them.`,
  );
  process.exitCode = 1;
}
// not deleted by `--write`: somebody may have meant to keep it, in another folder
const leftOver = findLeftOver(GENERATED_FOLDERS, Object.keys(made));
if (leftOver.length > 0) {
  console.error(`Nothing makes these files, and what reads their folder would load them: ${leftOver.join(', ')}`);
  process.exitCode = 1;
}
