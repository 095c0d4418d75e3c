import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findLeftOver } from './left-over.ts';

test('a file that nothing makes is told of, however deep, and those that are made are not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchword-left-over-'));
  try {
    const path = (file: string): string => join(folder, file);
    mkdirSync(path('old'));
    for (const file of ['made.json', 'left-over.json', 'old/left-over.json']) writeFileSync(path(file), '');
    expect(findLeftOver([folder], [path('made.json')]).toSorted()).toEqual([
      path('left-over.json'),
      path('old/left-over.json'),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
