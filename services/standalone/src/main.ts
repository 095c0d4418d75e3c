import { demonstrate } from './demonstrate.ts';
import { USAGE, parseOptions } from './options.ts';
import { runStandalone, type Standalone } from './run-standalone.ts';
import { untilSignal } from './until-signal.ts';
import { welcome } from './welcome.ts';

const parsed = parseOptions(process.argv.slice(2));
if (parsed.outcome !== 'run') {
  console.log(parsed.outcome === 'help' ? USAGE : `${parsed.why}\n\n${USAGE}`);
  process.exit(parsed.outcome === 'help' ? 0 : 2);
}
const { options } = parsed;
const signal = untilSignal();
const print = (line: string): void => console.log(line);

let standalone: Standalone;
try {
  standalone = await runStandalone(options, process.env, print);
} catch (error) {
  console.error(`Watchword did not start: ${(error as Error).message}`);
  process.exit(1);
}
print(welcome(standalone));
print('A first one-time password, from the platform to a phone and back:');
const shown = await Promise.race([demonstrate(standalone.addresses, print), signal.then(() => undefined)]);
if (shown?.outcome === 'approved') print('  approved\n');
if (shown?.outcome === 'failed') console.error(`  not approved: ${shown.why}\n`);
if (!options.once && shown) {
  print('Press Ctrl-C to stop.');
  await signal;
}
print('Stopping …');
const failures = await standalone.stop();
for (const failure of failures) console.error(`did not stop in order: ${failure}`);
process.exit(failures.length > 0 || (options.once && shown?.outcome !== 'approved') ? 1 : 0);
