import { expect, it } from 'vitest';
import { tellFaults } from './tell-faults.ts';

it('tells a change once, what it is, and when it is over; the signal ends it', async () => {
  const looks = [[], ['bus (away)'], ['bus (away)'], ['bus (away)', 'redis (away)'], [], []];
  const controller = new AbortController();
  const lines: string[] = [];
  const faults = (): string[] => {
    const look = looks.shift();
    if (looks.length === 0) controller.abort();
    return look ?? [];
  };
  await tellFaults({ faults, logPath: 'log' }, (line) => lines.push(line), controller.signal, 1);
  expect(lines).toEqual([
    'Not ready: bus (away). Log: log',
    'Not ready: bus (away), redis (away). Log: log',
    'Ready again.',
  ]);
});
