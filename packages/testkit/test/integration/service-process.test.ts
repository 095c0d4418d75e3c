import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/free-port.ts';
import { identifyProcess } from '../../src/process-life.mjs';
import { startServiceProcess } from '../../src/service-process.ts';

let folder: string;
let entry: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-service-'));
  entry = join(folder, 'main.ts');
  writeFileSync(
    entry,
    `import { createServer } from 'node:http';
     const port: number = Number(process.env.PORT);
     if (process.argv[2] === 'fail') throw new Error('no such luck');
     const server = createServer((_request, response) => void response.end('ready')).listen(port, '127.0.0.1');
     console.log('listening as', process.argv[2]);
     process.once('SIGTERM', () => {
       console.log('draining');
       server.close(() => process.exit(3));
       server.closeAllConnections();
     });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a service is started with its arguments and environment, is ready, and drains on stop', async () => {
  const port = await freePort();
  const readyUrl = `http://127.0.0.1:${port}/readyz`;
  const chunks: string[] = [];
  const service = await startServiceProcess({
    name: 'echo',
    entry,
    args: ['blue'],
    env: { PORT: String(port) },
    readyUrl,
    log: (chunk) => chunks.push(chunk),
  });
  expect((await fetch(readyUrl)).ok).toBe(true);
  await service.stop();
  expect(await service.exited).toEqual({ code: 3, signal: null });
  expect(service.output()).toContain('listening as blue');
  expect(chunks.join('')).toContain('draining');
  expect(identifyProcess(service.pid)).toBeUndefined();
});

test('a service that is killed is gone at once', async () => {
  const port = await freePort();
  const readyUrl = `http://127.0.0.1:${port}/readyz`;
  const service = await startServiceProcess({ name: 'echo', entry, env: { PORT: String(port) }, readyUrl });
  service.kill();
  expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
  await expect(fetch(readyUrl)).rejects.toThrow('fetch failed');
});

test('a service that ends at its start is an error that quotes its output', async () => {
  const readyUrl = `http://127.0.0.1:${await freePort()}/readyz`;
  const starting = startServiceProcess({ name: 'echo', entry, args: ['fail'], readyUrl });
  await expect(starting).rejects.toThrow(/echo ended at once[^]*no such luck/);
});
