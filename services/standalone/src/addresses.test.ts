import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { publishAddresses, refreshAddresses, withdrawAddresses, type Addresses } from './addresses.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-addresses-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const addresses = { api_url: 'http://127.0.0.1:1', pids: [process.pid] } as Addresses;
const runJson = (): string => join(folder, 'run.json');

it('has a run.json from the publication to the withdrawal', () => {
  publishAddresses(folder, addresses);
  expect(JSON.parse(readFileSync(runJson(), 'utf8'))).toEqual(addresses);
  withdrawAddresses(folder);
  expect(existsSync(runJson())).toBe(false);
});

it('drops the run.json of a run that was killed, even where its pid is in use again', () => {
  publishAddresses(folder, addresses);
  const [file] = readdirSync(join(folder, 'runs'));
  const path = join(folder, 'runs', file!);
  const run = JSON.parse(readFileSync(path, 'utf8')) as { process: { startTime: string } };
  writeFileSync(path, JSON.stringify({ ...run, process: { ...run.process, startTime: 'another' } }));
  refreshAddresses(folder);
  expect(existsSync(runJson())).toBe(false);
  expect(readdirSync(join(folder, 'runs'))).toEqual([]);
});

it('lets nobody but the owner read the API key', () => {
  publishAddresses(folder, addresses);
  for (const path of [runJson(), join(folder, 'runs', `${process.pid}.json`)]) {
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
});

it('bears a folder that was deleted meanwhile', () => {
  publishAddresses(folder, addresses);
  rmSync(folder, { recursive: true });
  expect(() => withdrawAddresses(folder)).not.toThrow();
  mkdirSync(folder);
});
