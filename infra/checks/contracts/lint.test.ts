import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lintAsyncApi, lintOpenApi } from './lint.ts';

/** Both linters load for a second or two, more on a busy machine. */
const LINT_MS = 60_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchword-lint-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const edited = (name: string, from: string, to: string): string => {
  const text = readFileSync(`docs/${name}.json`, 'utf8');
  if (!text.includes(from)) throw new Error(`${from} is not in ${name}.json`);
  const path = join(folder, `${name}.json`);
  writeFileSync(path, text.replace(from, to));
  return path;
};

it(
  'tells what is wrong with an OpenAPI document, warnings too',
  async () => {
    expect(await lintOpenApi(edited('openapi', '"operationId": "start"', '"operationId": "read"'))).toEqual([
      expect.stringContaining('operation-operationId-unique'),
    ]);
    expect(await lintOpenApi(edited('openapi', '"license"', '"x-license"'))).toEqual([
      expect.stringContaining('info-license'),
    ]);
  },
  LINT_MS,
);

it(
  'tells what is wrong with an AsyncAPI document',
  async () => {
    expect(await lintAsyncApi(edited('asyncapi', '"#/channels/otp.check.v1"', '"#/channels/nowhere"'))).toContainEqual(
      expect.stringContaining('invalid-ref'),
    );
  },
  LINT_MS,
);
