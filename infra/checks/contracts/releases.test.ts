import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderAsyncApi, renderOpenApi } from '@watchword/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { edited, type Edit } from './edited-for-tests.ts';
import { keepRelease } from './keep-release.ts';
import { findBreaks, versionsIn } from './releases.ts';

let docs: string;
beforeEach(() => void (docs = mkdtempSync(join(tmpdir(), 'watchword-releases-'))));
afterEach(() => rmSync(docs, { recursive: true }));

const FIELD = 'components schemas StartRequest properties locale';
const write = (folder: string, version: string, ...edits: Edit[]): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(edited(renderOpenApi(version), ...edits)));
  writeFileSync(join(folder, 'asyncapi.json'), JSON.stringify(renderAsyncApi(version)));
};
const isKept = (version: string): boolean => existsSync(join(docs, 'releases', version, 'openapi.json'));

it('orders versions by number and not by spelling', () => {
  expect(versionsIn(['0.9.0', '0.10.0', '0.2.11', 'README.md'])).toEqual(['0.2.11', '0.9.0', '0.10.0']);
  expect(versionsIn(['2.0.0', '10.0.0', '10.0.1', '9.9.9']).at(-1)).toBe('10.0.1');
});

describe('a break', () => {
  const told = expect.stringContaining('0.1.1 breaks 0.1.0: POST /v1/verifications request.locale: the field is gone');

  it('is not kept as a release', () => {
    write(docs, '0.1.0');
    expect(keepRelease(docs, '0.1.0')).toEqual([]);
    write(docs, '0.1.1', [FIELD]);
    expect(keepRelease(docs, '0.1.1')).toContainEqual(told);
    expect(isKept('0.1.1')).toBe(false);
  });

  it('that was kept all the same is told of ever after', () => {
    write(join(docs, 'releases/0.1.0'), '0.1.0');
    write(join(docs, 'releases/0.1.1'), '0.1.1', [FIELD]);
    write(docs, '0.2.0', [FIELD]);
    expect(findBreaks(docs, '0.2.0')).toContainEqual(told);
  });

  it('is what a new major version is for', () => {
    write(join(docs, 'releases/0.1.0'), '0.1.0');
    write(docs, '1.0.0', [FIELD]);
    expect(keepRelease(docs, '1.0.0')).toEqual([]);
    expect(isKept('1.0.0')).toBe(true);
  });
});

it('what is out is not replaced, and may be kept once more as it is', () => {
  write(docs, '0.1.0');
  expect(keepRelease(docs, '0.1.0')).toEqual([]);
  expect(keepRelease(docs, '0.1.0')).toEqual([]);
  write(docs, '0.1.0', ['components schemas StartRequest properties new_one', { type: 'string' }]);
  expect(keepRelease(docs, '0.1.0')).toEqual([expect.stringContaining('0.1.0 is out already')]);
});
