import { expect } from 'vitest';
import type { VerificationStore } from '../src/index.ts';

/** What a dispatcher does with buckets that are empty: there is nothing to restore. */
export async function makeWhole(store: VerificationStore, buckets: readonly number[]): Promise<void> {
  for (const bucket of buckets) {
    const { recovery } = await store.sweep(bucket, { deadlines: 0, events: 0 });
    if (recovery.phase === 'ready') continue;
    expect(await store.endRecovery(bucket, 'reading', recovery.noticedAt)).toBe('settling');
    expect(await store.endRecovery(bucket, 'settling', recovery.noticedAt)).toBe('ready');
  }
}
