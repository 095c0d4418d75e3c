import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { generateTrace, renderTrace } from '@watchword/routing';
import type { Terminal } from '../terminal.ts';
import type { SimulateCommand } from './command.ts';

type MakeTraceCommand = Extract<SimulateCommand, { name: 'simulate make-trace' }>;

/** Writes a generated trace, gzipped if its name ends so. @returns the exit code */
export function makeTrace({ out, seed, rate }: MakeTraceCommand, terminal: Pick<Terminal, 'out'>): number {
  const trace = generateTrace(seed, rate);
  const text = `${[...renderTrace(trace)].join('\n')}\n`;
  writeFileSync(out, out.endsWith('.gz') ? gzipSync(text) : text);
  terminal.out(`${out}: ${trace.sends.length} sends over 48 h, seed ${seed}`);
  return 0;
}
