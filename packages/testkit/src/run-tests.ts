// `npm test [-- vitest's arguments]`, `npm run test:cluster`: runs vitest (whose global set-up starts the engines) and ends with the totals.
import { fileURLToPath } from 'node:url';
import { parseCLI, startVitest } from 'vitest/node';
import { countTests, formatTotals } from './count-tests.ts';

process.chdir(fileURLToPath(new URL('../../..', import.meta.url)));
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest(filter, options);

const files = vitest.state.getTestModules().map((file) => ({
  state: file.state(),
  tests: [...file.children.allTests()].map((test) => test.result().state),
}));
const exitCode = Number(process.exitCode ?? 0);
const totals = countTests(files, {
  unhandledErrors: vitest.state.getUnhandledErrors().length,
  failed: exitCode !== 0,
});
// Nothing may be printed after this line, whatever the tests left behind in this process.
process.stdout.write(`${formatTotals(totals)}\n`, () => process.exit(totals.failed > 0 ? 1 : exitCode));
