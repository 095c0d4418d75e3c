import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isInstalledAt } from '../../src/installation.mjs';
import { waitFor } from '../../src/wait-for.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
let folder: string;

beforeAll(() => {
  // Otherwise the bootstrap would install, under the feet of this very run.
  if (!isInstalledAt(root)) throw new Error('node_modules is not what package-lock.json says: run npm ci');
  folder = mkdtempSync(join(tmpdir(), 'watchword-bootstrap-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function bootstrap(name: string, source: string, ...args: string[]) {
  const script = join(folder, name);
  writeFileSync(script, source);
  const child = spawn(process.execPath, [join(root, 'bootstrap.mjs'), script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output }));
  });
  const says = (text: string) => waitFor(() => output.includes(text), { timeoutMs: 10_000, what: `"${text}"` });
  return { child, ended, says };
}

test('it runs a TypeScript file on Node 24 or newer, with its arguments, and keeps its exit code', async () => {
  const source =
    'const answer: string[] = process.argv.slice(2); console.log(process.versions.node, answer.join()); process.exit(5);';
  const { ended } = bootstrap('exit.ts', source, '--once', 'a b');
  const { code, output } = await ended;
  expect(code).toBe(5);
  const [version, rest] = [output.split(' ')[0], output.slice(output.indexOf(' ') + 1)];
  expect(Number.parseInt(version ?? '', 10)).toBeGreaterThanOrEqual(24);
  expect(rest).toBe('--once,a b\n');
});

test('a signal that arrives twice, as Ctrl-C does under npm, is passed on once, and the script may take its time', async () => {
  const { child, ended, says } = bootstrap(
    'signals.ts',
    `let count = 0;
     process.on('SIGINT', () => {
       count++;
       // A second signal that was passed on would come at once; half of the window is time enough for it.
       if (count === 1) setTimeout(() => process.exit(40 + count), 250);
     });
     setInterval(() => undefined, 1_000);
     console.log('up');`,
  );
  await says('up');
  child.kill('SIGINT');
  child.kill('SIGINT');
  expect((await ended).code).toBe(41);
});

test('a script that dies of a signal ends with 128 and its number', async () => {
  const { ended } = bootstrap('killed.ts', `process.kill(process.pid, 'SIGKILL');`);
  expect((await ended).code).toBe(137);
});

test.runIf(process.platform === 'linux')('the script is told to end when the bootstrap itself is killed', async () => {
  const { child, ended, says } = bootstrap(
    'orphan.ts',
    `process.once('SIGTERM', () => { console.log('told'); process.exit(); });
     setInterval(() => undefined, 1_000);
     console.log('up');`,
  );
  await says('up');
  child.kill('SIGKILL');
  expect((await ended).output).toContain('told');
});
