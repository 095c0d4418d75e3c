import { setTimeout as sleep } from 'node:timers/promises';

/** As often as the parts are asked. */
const LOOK_MS = 1_000;

/** Says when a part is no longer ready, such as a Redis that was ended, and when all are again. Resolves at the signal. */
export async function tellFaults(
  of: { faults(): string[]; logPath: string },
  print: (line: string) => void,
  until: AbortSignal,
  lookMs = LOOK_MS,
): Promise<void> {
  let told = '';
  while (!until.aborted) {
    const faults = of.faults().join(', ');
    if (faults !== told) print(faults === '' ? 'Ready again.' : `Not ready: ${faults}. Log: ${of.logPath}`);
    told = faults;
    // The signal ends the sleep, and with it the loop.
    await sleep(lookMs, undefined, { signal: until }).catch(() => undefined);
  }
}
