// `npm run baseline`, as part of a release: keeps the contracts of this version as what the next ones are compared with.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keepRelease } from './contracts/keep-release.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

// the documents carry the version: without `npm run generate` those of the last one would be kept
const drift = spawnSync(process.execPath, [join(import.meta.dirname, 'drift.ts')], { stdio: 'inherit' });
const faults = drift.status === 0 ? keepRelease('docs', version) : ['Nothing is kept.'];
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`docs/releases/${version} is what the next releases are compared with: commit it`);
process.exitCode = faults.length === 0 ? 0 : 1;
