import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBus } from '@watchword/bus';
import { waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Addresses } from '../../src/addresses.ts';
import { APPLICATION_ID } from '@watchword/cli';
import { prepareHome } from '@watchword/cli';
import { runCliProcess } from '../run-cli.ts';
import { isRunning, listens, readAddresses, startCommand, type Command } from '../start-command.ts';
import { codeIn } from '../start-product.ts';

let folder: string;
let first: Command;
let addresses: Addresses;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-start-'));
  first = startCommand(folder);
  await first.says('Press Ctrl-C');
  addresses = readAddresses(folder)!;
});
afterAll(async () => {
  first.signal('SIGTERM');
  await first.ended;
  rmSync(folder, { recursive: true });
});

const another = (): string => mkdtempSync(join(folder, 'another-'));
const get = async (url: string): Promise<Response> => fetch(url, { headers: { accept: 'application/json' } });

it('sends a first one-time password by itself and shows its way', () => {
  const way = ['started: vf_', 'attempt by north (sms): accepted', 'the phone shows', 'the code was typed: approved'];
  expect(way.filter((mark) => !first.output().includes(mark))).toEqual([]);
  expect(first.output()).toContain('\nApproved.\n');
});

it('says in run.json where everything is, and everything is there', async () => {
  expect(addresses).toEqual({
    api_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    api_key: expect.stringMatching(/^ww_dev_/),
    inbox_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/inbox$/),
    metrics_url: `${addresses.api_url}/metrics`,
    simulator_url: expect.any(String),
    redis_url: inject('redisUrl'),
    kafka_brokers: inject('kafkaBrokers'),
    pids: [expect.any(Number)],
    environment: expect.objectContaining({ REDIS_URL: inject('redisUrl'), PUBLIC_URL: addresses.api_url }),
    prefix: expect.any(String),
  });
  expect(addresses.pids.every(isRunning)).toBe(true);
  const { api_url, inbox_url, metrics_url } = addresses;
  const own = ['readyz', 'livez', 'openapi.json', 'docs'].map((path) => `${api_url}/${path}`);
  const pages = [...own, metrics_url, inbox_url];
  expect(await Promise.all(pages.map(async (url) => (await get(url)).status))).toEqual(pages.map(() => 200));
});

it('lets the watchword command find its way to it by the configuration alone, past what others have in its Kafka', async () => {
  await buryForAnother();
  const { code, output } = await runCliProcess({}, 'dead', 'list', '--config', join(folder, 'config.yaml'));
  expect({ code, output }).toEqual({ code: 0, output: 'Nothing: everything was handled or replayed.\n' });
});

/** A dead letter of a deployment with a prefix, in the Kafka that this one uses without. */
async function buryForAnother(): Promise<void> {
  const config = { brokers: inject('kafkaBrokers'), clientId: 'another', topicPrefix: 'another.', groupPrefix: '' };
  const bus = createBus(config, { log: pino({ level: 'silent' }) });
  const topic = 'deliver-voice.delivery.dead';
  await bus.createTopics([{ name: topic, partitions: 1, retentionMs: 3_600_000 }]);
  await bus.publishRecord({ topic, key: '', value: '{}', headers: { 'x-original-queue': 'deliver-voice' } });
  await bus.close(2_000);
}

it('prints commands that work as they are pasted: a code is sent, read in the inbox and approved', async () => {
  const [send, check] = first.output().match(/curl .* \\\n.*/g) as [string, string];
  const paste = async (command: string): Promise<unknown> => {
    const { stdout } = await promisify(execFile)('sh', ['-c', command]);
    return JSON.parse(stdout);
  };
  expect(await paste(send)).toMatchObject({ status: 'pending', sent: true });
  const message = await waitFor(
    async () => {
      const answer = await get(`${addresses.inbox_url}?to=%2B12025550123`);
      return ((await answer.json()) as { messages: { text: string }[] }).messages[0];
    },
    { timeoutMs: 20_000, what: 'the message' },
  );
  const typed = check.replace('THE CODE', codeIn(message.text));
  expect(await paste(typed)).toMatchObject({ status: 'approved', valid: true });
});

it('runs beside another one in the same folder, whose run.json is back when this one has ended', async () => {
  const second = startCommand(folder);
  await second.says('Press Ctrl-C');
  expect(second.output()).toContain('\nApproved.\n');
  const its = readAddresses(folder)!;
  expect(its.api_url).not.toBe(addresses.api_url);
  second.signal('SIGTERM');
  expect(await second.ended).toBe(0);
  expect([second.pid, ...its.pids].filter(isRunning)).toEqual([]);
  expect(await Promise.all([its.api_url, its.simulator_url].map(listens))).toEqual([false, false]);
  expect(readAddresses(folder)).toEqual(addresses);
  expect((await get(`${addresses.api_url}/readyz`)).status).toBe(200);
});

it('ends with 0 after --once where the code was approved, and leaves nothing behind', async () => {
  const dataDir = another();
  const once = startCommand(dataDir, '--once');
  await once.says('Watchword is ready');
  const its = readAddresses(dataDir)!;
  expect(await once.ended).toBe(0);
  expect(once.output()).toContain('\nApproved.\n');
  expect([once.pid, ...its.pids].filter(isRunning)).toEqual([]);
  expect(readAddresses(dataDir)).toBeUndefined();
});

it('ends with 1 after --once where no provider takes the message, and says why', async () => {
  const dataDir = another();
  const { configPath } = prepareHome(dataDir);
  const config = readFileSync(configPath, 'utf8');
  // An application that the vendor does not know.
  writeFileSync(configPath, config.replaceAll(APPLICATION_ID, '00000000-0000-4000-8000-000000000000'));
  const once = startCommand(dataDir, '--once');
  expect(await once.ended).toBe(1);
  expect(once.output()).toContain('attempt by south (sms): rejected, account');
  expect(once.output()).toContain('\nNot approved: it ended undeliverable before a code came. Log: ');
});

it('obeys a signal in the middle of the start: nothing was started, or it is gone', async () => {
  const dataDir = another();
  const cut = startCommand(dataDir);
  await cut.says('starting the services');
  cut.signal('SIGINT');
  expect(await cut.ended).toBe(130);
  expect(cut.output()).not.toContain('Watchword is ready');
  expect(readAddresses(dataDir)).toBeUndefined();
});

it.each([
  [['--prot', '1'], 2, "Unknown option '--prot'"],
  [['--port', 'taken'], 1, 'is taken. Choose another one by --port'],
])('says in a sentence what is wrong with %j', async (args, code, sentence) => {
  const taken = new URL(addresses.api_url).port;
  const wrong = startCommand(another(), ...args.map((arg) => (arg === 'taken' ? taken : arg)));
  expect(await wrong.ended).toBe(code);
  expect(wrong.output()).toContain(sentence);
  expect(wrong.output()).not.toMatch(/^ +at /m);
});

it('names file, line and field of a fault in the configuration', async () => {
  const dataDir = another();
  const { configPath } = prepareHome(dataDir);
  const lines = readFileSync(configPath, 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes('brand:'));
  writeFileSync(configPath, lines.toSpliced(at, 1, '    brannd: Watchword').join('\n'));
  const wrong = startCommand(dataDir);
  expect(await wrong.ended).toBe(1);
  expect(wrong.output()).toContain(`${configPath}:${at + 1}:5: tenants[0].brannd`);
  expect(wrong.output()).toContain('Did you mean brand?');
  expect(wrong.output()).not.toMatch(/^ +at /m);
});

it('stops at Ctrl-C, and leaves no process, no port and no run.json behind; what was given to it stays', async () => {
  first.signal('SIGINT');
  expect(await first.ended).toBe(0);
  expect([first.pid, ...addresses.pids].filter(isRunning)).toEqual([]);
  expect(await Promise.all([addresses.api_url, addresses.simulator_url].map(listens))).toEqual([false, false]);
  expect(readAddresses(folder)).toBeUndefined();
  expect(await listens(addresses.redis_url)).toBe(true);
});
