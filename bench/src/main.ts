import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEngines } from '@watchword/testkit';
import type { Mark, Measurement } from './bench.ts';
import { BENCHES } from './benches/all.ts';
import { unpin } from './measure/cpu.ts';
import { USAGE, parseOptions } from './options.ts';
import { isMissed, renderMeasurement } from './report/render.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dataDir = join(root, '.watchword/bench');
const print = (line: string): void => console.log(line);

const parsed = parseOptions(process.argv.slice(2));
if (parsed.outcome === 'help') {
  print(USAGE);
  process.exit(0);
}
if (parsed.outcome === 'wrong') {
  console.error(`${parsed.why}\n\n${USAGE}`);
  process.exit(2);
}
// So that everything that was started ends with this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
const { wanted, list, write, seed } = parsed.options;
if (list) {
  for (const { name, what } of BENCHES) print(`${name.padEnd(20)} ${what}`);
  process.exit(0);
}
const unknown = wanted.filter((name) => !BENCHES.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}: see \`npm run bench -- --list\`.`);
  process.exit(2);
}
const found = await findEngines({ onProgress: print, install: true });
if (found.outcome === 'missing') {
  console.error(found.reason);
  process.exit(1);
}
mkdirSync(dataDir, { recursive: true });
print(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`);
const missed: Mark[] = [];
for (const bench of BENCHES) {
  if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
  const begunAt = performance.now();
  print(`\n${bench.name}: ${bench.what}`);
  const measured = await bench.run({ files: found.files, dataDir, seed, tell: (line) => print(`  ${line}`) });
  unpin();
  const committed = join(root, 'bench/results', `${bench.name}.json`);
  for (const line of renderMeasurement(measured, readMarks(committed))) print(line);
  print(`  took ${Math.round((performance.now() - begunAt) / 1000)} s`);
  missed.push(...measured.marks.filter(isMissed));
  writeMeasurement(write ? committed : join(dataDir, `${bench.name}.json`), measured);
}
process.exit(missed.length > 0 ? 1 : 0);

function readMarks(path: string): readonly Mark[] | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Measurement).marks : undefined;
}

function writeMeasurement(path: string, measured: Measurement): void {
  writeFileSync(path, `${JSON.stringify({ measuredAt: new Date().toISOString(), ...measured }, undefined, 2)}\n`);
}
