import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCommandLine } from './run-command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchword-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a folder that cannot be made is told in a line, without where in the code that was', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const said: string[] = [];
  const tell = (line: string): void => void said.push(line);
  const code = await runCommandLine(
    ['init', '--dir', join(file, 'home')],
    {},
    { out: tell, err: tell, ask: undefined },
  );
  expect([code, said]).toEqual([1, [expect.stringMatching(/^ENOTDIR: [^\n]+file\/home[^\n]*$/)]]);
});
