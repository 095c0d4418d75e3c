import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServiceProcess, waitFor } from '@watchword/testkit';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { SECRETS, configText } from './test-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'run-main-'));
afterAll(() => rmSync(folder, { recursive: true }));
const good = join(folder, 'config.yaml');
writeFileSync(good, configText(inject('redisUrl')));

/** Only the seal key is given: the other roles' references lead nowhere, and must not need to. */
const env = { SEAL: SECRETS.SEAL, WATCHWORD_CONFIG: good };
const entry = fileURLToPath(new URL('tiny-main.ts', import.meta.url));

function start(more: Record<string, string> = {}) {
  return startServiceProcess({ name: 'tiny', entry, env: { ...env, ...more } });
}

async function started(more: Record<string, string> = {}) {
  const child = await start(more);
  await waitFor(() => child.output().includes('"msg":"started"'), { timeoutMs: 20_000, what: 'the start' });
  return child;
}

describe('a service as a process', () => {
  test('SIGTERM stops it in order, with exit code 0, and leaves no port behind', async () => {
    const child = await started();
    const url = /"url":"([^"]+)"/.exec(child.output())?.[1] ?? '';
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.output()).toContain('"msg":"stopped"');
    await expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed');
  });

  test('SIGINT does the same', async () => {
    const child = await started();
    child.kill('SIGINT');
    expect((await child.exited).code).toBe(0);
  });

  test('what hangs is named and the process ends with 1', async () => {
    const child = await started({ BEHAVIOUR: 'hang at stop' });
    child.kill('SIGTERM');
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toContain('"step":"service tiny","msg":"the shutdown hung"');
  });

  test('a second signal ends it at once', async () => {
    const child = await started({ BEHAVIOUR: 'hang at stop' });
    child.kill('SIGTERM');
    await waitFor(() => child.output().includes('"msg":"stopping"'), { timeoutMs: 5000, what: 'the first signal' });
    child.kill('SIGINT');
    expect((await child.exited).code).toBe(130);
  });

  test('a start that hangs can be ended', async () => {
    const child = await start({ BEHAVIOUR: 'hang at start' });
    await waitFor(() => child.output().includes('"msg":"starting"'), { timeoutMs: 20_000, what: 'the start' });
    child.kill('SIGTERM');
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toContain('"msg":"not stopped in time"');
  });

  test('an unhandled rejection is logged, masked, and ends it with 1', async () => {
    const child = await start({ BEHAVIOUR: 'break' });
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toContain('"msg":"unhandled rejection"');
    expect(child.output()).toContain('+49*******89');
    expect(child.output()).not.toContain('4915123456789');
  });

  test('whose event loop stands still for 20 s ends itself, so that it is started anew', async () => {
    const child = await started({ BEHAVIOUR: 'block' });
    child.kill('SIGUSR2');
    expect(await child.exited).toEqual({ code: 70, signal: null });
    expect(child.output()).toContain('"blocked_ms":20000,"exit_code":70');
  });

  test('a bad configuration is listed in plain words and ends it with 1', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, configText(inject('redisUrl')).replace('port: 0', 'prot: 0'));
    const child = await start({ WATCHWORD_CONFIG: bad });
    expect((await child.exited).code).toBe(1);
    expect(child.output()).toContain('bad.yaml:2:26: http.prot: expected one of the keys');
    expect(child.output()).toContain('Did you mean port?');
  });
});
