import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkContents } from './check-contents.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'watchword-contents-'));
  write('sbom.cdx.json', JSON.stringify({ components: [{ 'bom-ref': '@watchword/ingest@0.1.0' }] }));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, text = ''): void => {
  mkdirSync(dirname(join(root, 'watchword', path)), { recursive: true });
  writeFileSync(join(root, 'watchword', path), text);
};
const check = (service = 'ingest'): number => checkContents({ root, workdir: '/watchword' }, service);

test('an image lists itself and what it needs', () => {
  write('node_modules/pino/pino.js');
  expect(check()).toBe(1);
  expect(() => check('verify')).toThrow('verify is not in its own bill of materials');
});

test.each([
  '.npmrc',
  'services/ingest/.npmrc',
  'services/ingest/src/main.test.ts',
  'node_modules/typescript/lib/tsc.js',
  'node_modules/pino/built.node',
])('%s is not for an image', (path) => {
  write(path);
  expect(check).toThrow('ingest: not for an image');
});
