import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for servers of a test's own. */
export function ownFolder(): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'watchword-own-redis-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
