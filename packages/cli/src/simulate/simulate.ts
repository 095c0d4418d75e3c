import type { Terminal } from '../terminal.ts';
import type { SimulateCommand } from './command.ts';
import { makeTrace } from './make-trace.ts';
import { simulateEvents } from './simulate-events.ts';
import { simulateRouting } from './simulate-routing.ts';

/** `watchword simulate …`: needs no deployment. @returns the exit code */
export async function simulate(command: SimulateCommand, terminal: Pick<Terminal, 'out' | 'err'>): Promise<number> {
  try {
    switch (command.name) {
      case 'simulate routing':
        return await simulateRouting(command, terminal);
      case 'simulate events':
        return await simulateEvents(command, terminal);
      case 'simulate make-trace':
        return makeTrace(command, terminal);
    }
  } catch (error) {
    // a file that cannot be read or written: its message says all
    terminal.err((error as Error).message);
    return 1;
  }
}
