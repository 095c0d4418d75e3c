// The contracts: OpenAPI and AsyncAPI are valid and well made, and no release, nor today's, breaks those who live by the one before.
import { readFileSync } from 'node:fs';
import { lintAsyncApi, lintOpenApi } from './contracts/lint.ts';
import { findBreaks, releasesIn } from './contracts/releases.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const last = releasesIn('docs').at(-1);
const breaks = findBreaks('docs', version);
const faults = [
  ...(await lintOpenApi('docs/openapi.json')),
  ...(await lintAsyncApi('docs/asyncapi.json')),
  ...(last ? breaks : ['docs/releases has no release to compare with']),
  ...(breaks.length > 0 ? ['Mend it, or raise the major version.'] : []),
];
for (const fault of faults) console.error(fault);
console.log(
  faults.length === 0 ? `contracts: valid, and compatible with ${last?.version}` : `contracts: ${faults.length} faults`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
