import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEngineProcess } from '../../src/engines/engine-process.ts';
import { isAlive, readIdentity } from '../../src/process-life.mjs';
import { waitFor } from '../../src/wait-for.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'watchword-engine-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** It runs and never serves. */
function startDeaf(signal?: AbortSignal) {
  return startEngineProcess({
    name: 'deaf',
    command: process.execPath,
    args: ['-e', 'setInterval(() => undefined, 1000)'],
    dir,
    stopTimeoutMs: 5_000,
    probe: () => Promise.reject(new Error('nobody answers')),
    readyTimeoutMs: 60_000,
    ...(signal ? { signal } : {}),
  });
}

test('a start that is given up ends its process at once and rejects with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('Ctrl-C');
  const start = startDeaf(controller.signal);
  const pidFile = join(dir, 'deaf.pid');
  const identity = await waitFor(() => readIdentity(pidFile), { timeoutMs: 10_000, what: 'the process' });
  controller.abort(reason);
  await expect(start).rejects.toBe(reason);
  expect(isAlive(identity)).toBe(false);
  expect(existsSync(pidFile)).toBe(false);
});

test('a start that was given up before it began starts nothing', async () => {
  const reason = new Error('Ctrl-C');
  await expect(startDeaf(AbortSignal.abort(reason))).rejects.toBe(reason);
  expect(() => readFileSync(join(dir, 'deaf.out'))).toThrow('ENOENT');
});
