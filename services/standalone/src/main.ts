import { demonstrate } from './demonstrate.ts';
import { explainFailure } from './explain-failure.ts';
import { Interrupted, listenForInterruption } from './interruption.ts';
import { USAGE, parseOptions } from './options.ts';
import type { Standalone } from './run-standalone.ts';
import { tellFaults } from './tell-faults.ts';
import { welcome } from './welcome.ts';

const parsed = parseOptions(process.argv.slice(2));
if (parsed.outcome === 'help') {
  console.log(USAGE);
  process.exit(0);
}
if (parsed.outcome === 'wrong') {
  console.error(`${parsed.why}\n\n${USAGE}`);
  process.exit(2);
}
const { once } = parsed.options;
const print = (line: string): void => console.log(line);
// A terminal that was closed or a pipe that nobody reads must not keep what was started from being stopped.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
const interrupted = listenForInterruption(() => print('Stopping ...'));

let standalone: Standalone;
try {
  // Only now: loading every service takes a second, in which help, a wrong option and a signal are answered already.
  const { runStandalone } = await import('./run-standalone.ts');
  interrupted.throwIfAborted();
  standalone = await runStandalone(parsed.options, process.env, print, interrupted);
} catch (error) {
  if (error instanceof Interrupted) process.exit(error.exitCode);
  console.error(`Watchword did not start: ${explainFailure(error)}`);
  process.exit(1);
}
print(welcome(standalone, process.cwd()));
print('A first one-time password, from the platform to a phone and back:\n');
const shown = await demonstrate(standalone.addresses, print, interrupted);
if (shown.outcome === 'approved') print('\nApproved.');
if (shown.outcome === 'failed') console.error(`\nNot approved: ${shown.why}. Log: ${standalone.logPath}`);
if (!once && !interrupted.aborted) {
  print('\nPress Ctrl-C to stop.');
  await tellFaults(standalone, print, interrupted);
}
const failures = await standalone.stop();
for (const failure of failures) console.error(`Did not stop in order: ${failure}`);
process.exit(failures.length > 0 || (once && shown.outcome !== 'approved') ? 1 : 0);
