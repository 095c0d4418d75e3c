import { expect } from 'vitest';
import { isLive, isSubmitting, type Verification } from '../../src/index.ts';
import type { Snapshot } from './snapshot.ts';
import { CANDIDATES, DURATIONS } from './universe.ts';

const TAGS_MAX = 3;
const TOMBSTONE_MS = 600_000;
const LIVE_GRACE_MS = 3_600_000;
/** Between an instant in a script and the snapshot that follows it. */
const SLACK_MS = 5_000;

/** What must hold of the state after every command, whatever the model says. */
export function expectInvariants(before: Snapshot, after: Snapshot): void {
  expect(after.withoutTtl, 'keys without a TTL').toEqual([]);
  for (const { id } of CANDIDATES) {
    const record = after.records.get(id);
    const deadlines = [...after.deadlines.keys()].filter((member) => member.startsWith(id));
    if (record) {
      expectOfRecord(record, deadlines);
      if (!isLive(record)) expectOfEnded(record, after);
      const past = before.records.get(id);
      if (past) expectOfChange(past, record);
      const kept = isLive(record)
        ? record.expiresAt + LIVE_GRACE_MS
        : Math.max(record.expiresAt, record.endedAt) + TOMBSTONE_MS;
      const ttlMs = after.lifeOfRecords.get(id)!;
      expect(Math.abs(kept - after.now - ttlMs), `TTL of ${id}`).toBeLessThan(SLACK_MS);
    }
    if (after.abandoned.has(id)) expect(deadlines, 'deadlines of an abandoned one').toEqual([]);
  }
}

function expectOfRecord(record: Verification, deadlines: string[]): void {
  const { id } = record;
  expect(Object.keys(record.tags).length, 'tags').toBeLessThanOrEqual(TAGS_MAX);
  expect(record.checksUsed, 'checks used').toBeLessThanOrEqual(record.checksMax);
  expect(record.attempts.filter(isSubmitting).length, 'attempts with a provider').toBeLessThanOrEqual(1);
  if (!isLive(record)) return;
  expect(deadlines, 'deadlines of a live one').toContain(`${id}|life`);
  if (record.sendState === 'open') expect(deadlines, 'deadlines of an open send').toContain(`${id}|lease`);
  if (record.status === 'admitted') expect(deadlines, 'deadlines of an admitted one').toContain(`${id}|admitted`);
}

/** It holds no address and no code, and has no deadline but the lease of an attempt that is still submitting. */
function expectOfEnded(record: Verification, after: Snapshot): void {
  const { id } = record;
  expect([record.tags, record.request, record.lookup], 'what an ended one still holds').toEqual([{}, undefined, '']);
  const out = record.attempts.find(isSubmitting);
  const lease = out ? out.claimedAt + DURATIONS.submitLeaseMs : 0;
  expect(record.lease, 'the lease of an ended one').toBe(lease);
  const deadlines = [...after.deadlines].filter(([member]) => member.startsWith(id));
  expect(deadlines, 'deadlines of an ended one').toEqual(lease === 0 ? [] : [[`${id}|lease`, lease]]);
  expect(after.now + after.lifeOfRecords.get(id)!, 'the tombstone outlives the lease').toBeGreaterThan(lease);
}

function expectOfChange(past: Verification, record: Verification): void {
  if (record.createdAt !== past.createdAt) return;
  if (record.version === past.version) expect(record, 'changed without a new version').toEqual(past);
  else expect(record.version).toBeGreaterThan(past.version);
  if (!isLive(past)) expect(record.status, 'an end is an end').toBe(past.status);
  expect(record.step, 'steps only go on').toBeGreaterThanOrEqual(past.step);
  expect(record.send).toBeGreaterThanOrEqual(past.send);
  expect(record.generation).toBeGreaterThanOrEqual(past.generation);
  const added = record.attempts.length > past.attempts.length ? record.attempts.at(-1) : undefined;
  if (added?.state === 'submitting') {
    const same = past.attempts.filter(({ generation }) => generation === added.generation);
    expect(
      same.map(({ state }) => state).filter((state) => state !== 'rejected'),
      'a generation is used again only after definite rejections',
    ).toEqual([]);
  }
}
