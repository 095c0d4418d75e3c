// The contracts: OpenAPI and AsyncAPI are valid and well made, and break nobody who lives by the last release.
import { readFileSync } from 'node:fs';
import { findAsyncApiBreaks } from './contracts/asyncapi-changes.ts';
import { findBaseline, readDocument, type Baseline } from './contracts/baseline.ts';
import { lintAsyncApi, lintOpenApi } from './contracts/lint.ts';
import { findOpenApiBreaks } from './contracts/openapi-changes.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

function findBreaks(baseline: Baseline): string[] {
  const breaks = [
    ...findOpenApiBreaks(readDocument(baseline.folder, 'openapi'), readDocument('docs', 'openapi')),
    ...findAsyncApiBreaks(readDocument(baseline.folder, 'asyncapi'), readDocument('docs', 'asyncapi')),
  ];
  if (breaks.length === 0 || major(version) > major(baseline.version)) return [];
  return [...breaks.map((what) => `breaks ${baseline.version}: ${what}`), `Mend it, or raise the major version.`];
}

function major(of: string): number {
  return Number(of.split('.')[0]);
}

const baseline = findBaseline();
const faults = [
  ...(await lintOpenApi('docs/openapi.json')),
  ...(await lintAsyncApi('docs/asyncapi.json')),
  ...(baseline ? findBreaks(baseline) : ['docs/releases has no release to compare with']),
];
for (const fault of faults) console.error(fault);
console.log(
  faults.length === 0
    ? `contracts: valid, and compatible with ${baseline?.version}`
    : `contracts: ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
