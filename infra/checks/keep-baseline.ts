// `npm run baseline`, as part of a release: keeps the contracts of this version as what the next ones are compared with.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOCUMENTS, RELEASES } from './contracts/baseline.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const folder = join(RELEASES, version);

const changed = DOCUMENTS.map((name) => join(folder, `${name}.json`)).filter(
  (path, i) => existsSync(path) && readFileSync(path, 'utf8') !== readFileSync(`docs/${DOCUMENTS[i]}.json`, 'utf8'),
);
if (changed.length > 0) {
  console.error(
    `${version} is out already, with other contracts (${changed.join(', ')}): raise the version in package.json first.`,
  );
  process.exitCode = 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of DOCUMENTS) copyFileSync(`docs/${name}.json`, join(folder, `${name}.json`));
  console.log(`${folder} is what the next releases are compared with: commit it`);
}
