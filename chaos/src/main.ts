import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findEngines } from '@watchword/testkit';
import { USAGE, parseOptions } from './options.ts';
import { printResult } from './report/print-result.ts';
import { renderPromises } from './report/promises-page.ts';
import { verdictOf, type Result } from './report/result.ts';
import { runScenario } from './run-scenario.ts';
import { SCENARIOS, findScenarios } from './scenarios/all.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dataDir = join(root, '.watchword/chaos');
const print = (line: string): void => console.log(line);

const parsed = parseOptions(process.argv.slice(2), Date.now());
if (parsed.outcome === 'help') {
  print(USAGE);
  process.exit(0);
}
if (parsed.outcome === 'wrong') {
  console.error(`${parsed.why}\n\n${USAGE}`);
  process.exit(2);
}
// So that what is tidied up at the end of the process is: everything that was started ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
const { options } = parsed;
if (options.wanted === 'list') {
  for (const { name, what } of SCENARIOS) print(`${name.padEnd(20)} ${what}`);
  process.exit(0);
}
const wanted = findScenarios(options.wanted);
if (wanted.length === 0) {
  console.error(`There is no scenario ${options.wanted}: see \`npm run chaos -- list\`.`);
  process.exit(2);
}

const found = await findEngines({ onProgress: print, install: true });
if (found.outcome === 'missing') {
  console.error(found.reason);
  process.exit(1);
}
const results: Result[] = [];
for (const scenario of wanted) {
  const missing = scenario.whyNot?.(join(dataDir, 'scratch'));
  print(`\n${scenario.name}: ${scenario.what}`);
  if (missing !== undefined) {
    print(`  skipped: ${missing}`);
    continue;
  }
  const { otps, rate, seed } = options;
  print(`  seed ${seed}`);
  const { result, history } = await runScenario(scenario, {
    files: found.files,
    dataDir,
    otps,
    rate,
    seed,
    tell: (line) => print(`  ${new Date().toISOString().slice(11, 19)} ${line}`),
  });
  printResult(result, history, print);
  const path = join(dataDir, 'results', `${scenario.name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, undefined, 2)}\n`);
  results.push(result);
  if (options.write) writePage(results);
}
process.exit(results.some((result) => verdictOf(result).length > 0) ? 1 : 0);

/** After each scenario: a run of all takes more than an hour. */
function writePage(results: readonly Result[]): void {
  const page = join(root, 'docs/promises.md');
  writeFileSync(page, renderPromises(SCENARIOS, results, existsSync(page) ? readFileSync(page, 'utf8') : ''));
}
