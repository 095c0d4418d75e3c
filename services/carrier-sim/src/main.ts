import { pino } from 'pino';
import { parseOptions, USAGE } from './options.ts';
import { startCarrierSim } from './service.ts';

const log = pino({ name: 'carrier-sim' });

async function main(): Promise<void> {
  const config = parseOptions(process.argv.slice(2), process.env);
  if (!config) {
    process.stdout.write(USAGE);
    return;
  }
  const sim = await startCarrierSim(config, { log });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sim.stop());
}

try {
  await main();
} catch (error) {
  log.fatal({ err: error }, 'carrier simulator failed');
  process.exitCode = 1;
}
