import { defineService } from '../../src/process/service.ts';
import { runMain } from '../../src/process/run-main.ts';

/** A whole service, for the tests of signals. `BEHAVIOUR` says how it misbehaves. */
const behaviour = process.env['BEHAVIOUR'];

const tiny = defineService({
  name: 'tiny',
  keyRoles: ['seal'],
  readyWithoutBus: true,
  start: async (_config, { log }) => {
    log.info('starting');
    if (behaviour === 'hang at start') await new Promise(() => undefined);
    if (behaviour === 'break') setTimeout(() => void Promise.reject(new Error('to +4915123456789')), 50);
    if (behaviour === 'block')
      process.once('SIGUSR2', () => {
        for (;;);
      });
    return {
      stop: () => (behaviour === 'hang at stop' ? new Promise<void>(() => undefined) : Promise.resolve()),
    };
  },
});

// Keeps the process alive even where the start hangs on nothing.
setInterval(() => undefined, 1000);
await runMain({ name: 'tiny', services: [tiny], env: process.env, stopDeadlineMs: 1000 });
