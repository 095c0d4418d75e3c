import { Counter, type Registry } from 'prom-client';
import type { StartDeps } from './start-verification.ts';

export function countStarts(registry: Registry): StartDeps['onStart'] {
  const starts = new Counter({
    name: 'watchword_starts_total',
    help: 'Starts of verifications by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome) => starts.inc({ outcome });
}
