import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { identifyProcess, isAlive, readIdentity, tryLock, waitForLock } from './process-life.mjs';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'watchword-lock-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The identity of a process that has ended. */
function deadIdentity(): { pid: number; startTime: string } {
  return { pid: spawnSync(process.execPath, ['--version']).pid, startTime: 'boot/1' };
}

test('a process is told apart from another with the same pid', () => {
  const me = identifyProcess(process.pid);
  expect(me && isAlive(me)).toBe(true);
  expect(isAlive({ pid: process.pid, startTime: 'boot/1' })).toBe(false);
  expect(isAlive(deadIdentity())).toBe(false);
});

test('a lock is held until its release', () => {
  const path = join(folder, 'lock');
  const first = tryLock(path);
  expect(first.outcome).toBe('locked');
  expect(tryLock(path)).toEqual({ outcome: 'busy', ownerPid: process.pid });
  if (first.outcome === 'locked') first.release();
  expect(tryLock(path).outcome).toBe('locked');
});

test('a lock of a dead process is taken over, and leaves nothing beside it', () => {
  const path = join(folder, 'lock');
  writeFileSync(path, JSON.stringify(deadIdentity()));
  expect(tryLock(path).outcome).toBe('locked');
  expect(readIdentity(path)?.pid).toBe(process.pid);
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('a release after a take-over does not touch the new owner’s lock', () => {
  const path = join(folder, 'lock');
  const lock = tryLock(path);
  writeFileSync(path, JSON.stringify({ ...identifyProcess(process.pid), token: 'another' }));
  if (lock.outcome === 'locked') lock.release();
  expect(readIdentity(path)?.pid).toBe(process.pid);
});

test('of many processes that find the lock of a dead one, exactly one gets it', async () => {
  const path = join(folder, 'lock');
  writeFileSync(path, JSON.stringify(deadIdentity()));
  const module = fileURLToPath(new URL('process-life.mjs', import.meta.url));
  // Each waits for the common starting time, tries once, tells, and stays alive until its input ends.
  const startAt = Date.now() + 400;
  const script = `
    import { tryLock } from ${JSON.stringify(module)};
    while (Date.now() < ${startAt});
    console.log(tryLock(${JSON.stringify(path)}).outcome);
    process.stdin.resume();
  `;
  const racers = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
  const outcomes = await Promise.all(
    racers.map(
      (racer) => new Promise<string>((resolve) => racer.stdout.once('data', (data) => resolve(String(data).trim()))),
    ),
  );
  for (const racer of racers) racer.stdin.end();
  expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(1);
});

test('waiting for a lock tells once who has it, and ends with an error that names the owner', async () => {
  const path = join(folder, 'lock');
  tryLock(path);
  const told: unknown[] = [];
  const waiting = waitForLock(path, { timeoutMs: 300, onWait: (pid) => told.push(pid) });
  await expect(waiting).rejects.toThrow(new RegExp(`Process ${process.pid} has held`));
  expect(told).toEqual([process.pid]);
});
