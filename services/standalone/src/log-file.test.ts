import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLogFile } from './log-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('is there before anything is logged, and goes on where the last run ended', () => {
  const path = join(folder, 'standalone.log');
  openLogFile(path);
  expect(readFileSync(path, 'utf8')).toBe('');
  openLogFile(path).write('one\n');
  openLogFile(path).write('two\n');
  expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
});

it('never takes more than two files, however much is logged', () => {
  const log = openLogFile(join(folder, 'standalone.log'));
  const megabyte = `${'x'.repeat(1024 * 1024)}\n`;
  for (let written = 0; written < 20; written++) log.write(megabyte);
  const files = readdirSync(folder);
  expect(files.toSorted()).toEqual(['standalone.log', 'standalone.log.1']);
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(13 * 1024 * 1024);
});
