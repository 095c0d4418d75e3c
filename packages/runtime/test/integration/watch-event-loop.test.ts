import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';

const entry = fileURLToPath(new URL('blocking-main.ts', import.meta.url));
const LINE = '"msg":"the event loop is blocked: ending the process"';
/** The limit of the process under test, and what a busy machine adds. */
const LIMIT_MS = 4_000;
const ENDED_MS = 20_000;

async function start(behaviour: string): Promise<ServiceProcess> {
  const child = await startServiceProcess({ name: 'blocking', entry, env: { BEHAVIOUR: behaviour } });
  onTestFinished(() => child.kill());
  await waitFor(() => child.output().includes('watched'), { timeoutMs: ENDED_MS, what: 'the start' });
  return child;
}

describe.concurrent('a process whose event loop is blocked', () => {
  test('by JavaScript is ended with a code of its own, and says where it stands', async () => {
    const child = await start('a loop');
    expect(await child.exited).toEqual({ code: 70, signal: null });
    expect(child.output()).toContain(LINE);
    expect(child.output()).toMatch(/at .*spinForEver.*blocking-main\.ts:\d+/);
  });

  test('by a regular expression is ended with the same', async () => {
    const child = await start('a regular expression');
    expect(await child.exited).toEqual({ code: 70, signal: null });
    expect(child.output()).toContain('at RegExp.test');
  });

  test('by native code that waits is killed', async () => {
    const child = await start('a child process');
    const { code, signal } = await child.exited;
    // 137 where a wrapper stands between: killed by signal 9
    expect(signal ?? code).toBeOneOf(['SIGKILL', 137]);
    expect(child.output()).toContain(LINE);
  });

  test('for less than the limit goes on, and says that it stood', async () => {
    const child = await start('a while');
    await waitFor(() => child.output().includes('stood still'), { timeoutMs: ENDED_MS, what: 'the warning' });
    expect(child.output()).toContain('went on');
    expect(child.output()).toMatch(/"blocked_ms":[12]\d{3}/);
    await sleep(LIMIT_MS);
    expect(child.output()).not.toContain(LINE);
  });

  test('because it was stopped from outside is not ended for that: the machine slept, the loop did not block', async () => {
    const child = await start('');
    child.kill('SIGSTOP');
    await sleep(2 * LIMIT_MS);
    child.kill('SIGCONT');
    await waitFor(() => child.output().includes('stood still'), { timeoutMs: ENDED_MS, what: 'the warning' });
    await sleep(LIMIT_MS);
    expect(child.output()).not.toContain(LINE);
  });
});
