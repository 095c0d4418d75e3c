import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUCKETS, type VerificationView } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { createKeys } from '@watchword/verification';
import { Redis } from 'ioredis';
import { afterAll, expect, inject, it } from 'vitest';
import type { Addresses } from '../../src/addresses.ts';
import { prepareHome } from '@watchword/cli';
import { readAddresses, startCommandOn, type Command } from '../start-command.ts';
import { freshNumber } from '../start-product.ts';

/** The whole shutdown of a process, and what standalone stops beside its services. */
const STOP_DEADLINE_MS = 15_000;
const BESIDE_MS = 5_000;
/** What a machine that runs everything at once may answer at any time; a shutdown has no answer of its own. */
const OVERLOADED = new Set(['otp_bus_unavailable', 'otp_bus_timeout', 'channel_overloaded']);
const CALLERS = 8;
/** Enough that the signal comes in the middle. */
const BEFORE_SIGNAL = 60;

const folder = mkdtempSync(join(tmpdir(), 'watchword-drain-'));
const unique = `drain${process.pid}`;
const redis = new Redis(inject('redisUrl'), { replyMapping: 'legacy' });
afterAll(() => {
  redis.disconnect();
  rmSync(folder, { recursive: true, force: true });
});

/** A run and its successor on the same names, which no other run of this machine takes. */
function start(): Command {
  const { configPath } = prepareHome(folder);
  const yaml = readFileSync(configPath, 'utf8');
  if (!yaml.includes(unique)) {
    const named = yaml
      .replace('redis:\n', `redis:\n  namespace: ${unique}-\n`)
      .replace('kafka:\n', `kafka:\n  topic_prefix: ${unique}.\n`);
    writeFileSync(configPath, named);
  }
  const url = new URL(inject('redisUrl'));
  url.pathname = '/0';
  url.username = 'default';
  return startCommandOn(url.href, folder);
}

interface Load {
  accepted: string[];
  /** What was answered otherwise, by the problem's code. */
  refused: string[];
  /** When nobody listens any more. */
  ended: Promise<unknown>;
}

/** Callers that start one verification after the other until nobody listens any more. */
function startLoad({ api_url, api_key }: Addresses): Load {
  const accepted: string[] = [];
  const refused: string[] = [];
  const call = async (): Promise<void> => {
    for (;;) {
      const answer = await fetch(`${api_url}/v1/verifications`, {
        method: 'POST',
        headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ to: freshNumber(), channel: 'sms' }),
      }).catch(() => undefined);
      if (!answer) return; // the port is closed
      const { id, code } = (await answer.json()) as { id: string; code: string };
      if (answer.status === 202) accepted.push(id);
      else refused.push(code);
    }
  };
  return { accepted, refused, ended: Promise.all(Array.from({ length: CALLERS }, call)) };
}

it('SIGTERM under load: what was accepted is answered, what was begun is settled and shipped, in time; a successor does the rest', async () => {
  const first = start();
  await first.says('Press Ctrl-C');
  const addresses = readAddresses(folder)!;
  const load = startLoad(addresses);
  await waitFor(() => load.accepted.length >= BEFORE_SIGNAL, { timeoutMs: 30_000, what: 'a load' });
  const beganMs = performance.now();
  first.signal('SIGTERM');
  await load.ended;
  expect(await first.ended).toBe(0);
  expect(performance.now() - beganMs).toBeLessThan(STOP_DEADLINE_MS + BESIDE_MS);
  expect(load.refused.filter((code) => !OVERLOADED.has(code))).toEqual([]);

  const keys = createKeys(`${addresses.prefix}${unique}-`);
  for (const id of load.accepted) {
    const record = Object.entries(await redis.hgetall(keys.record(id)));
    const open = record.filter(([field, value]) => /^r\d+$/.test(field) && value.startsWith('submitting'));
    expect(open, 'no call to a provider was left without its result').toEqual([]);
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) expect(await redis.xlen(keys.outbox(bucket))).toBe(0);

  const second = start();
  await second.says('Press Ctrl-C');
  const { api_url, api_key } = readAddresses(folder)!;
  const read = async (id: string): Promise<VerificationView> =>
    (await (
      await fetch(`${api_url}/v1/verifications/${id}`, { headers: { authorization: `Bearer ${api_key}` } })
    ).json()) as VerificationView;
  for (const id of load.accepted) {
    const view = await waitFor(
      async () => {
        const seen = await read(id);
        return seen.attempts.at(-1)?.state === 'accepted' && seen;
      },
      { timeoutMs: 30_000, what: 'every accepted one to be sent' },
    );
    expect(view.attempts.map(({ state }) => state)).toEqual(['accepted']);
  }
  second.signal('SIGTERM');
  expect(await second.ended).toBe(0);
}, 180_000);
