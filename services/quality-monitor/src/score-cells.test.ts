import { BUCKET_MS, NO_COUNTS, bucketStart, type Bucket } from '@watchword/routing';
import { expect, test } from 'vitest';
import { createCellScoring } from './score-cells.ts';
import type { SeenRound } from './soft-breaking.ts';

const NOW_MS = 1_790_000_000_000;
const CELL = 'sms|DE|262-01|north';
const bucket = (agoMs: number, delivered: number): Bucket => ({
  ...NO_COUNTS,
  startMs: bucketStart(NOW_MS - agoMs),
  widthMs: BUCKET_MS,
  submitted: delivered,
  delivered,
});

test('what receipts said before the last ten minutes is counted once, whether its buckets were put together or not', async () => {
  const buckets = [bucket(1_200_000, 1), bucket(900_000, 20), bucket(600_000, 300), bucket(60_000, 4_000)];
  const rounds: SeenRound[] = [];
  const scoring = createCellScoring({
    counts: {
      changedSince: async () => [{ cell: CELL, atMs: NOW_MS }],
      read: async () => [buckets],
      readStretches: async (_cells, startsMs) => [buckets.filter(({ startMs }) => startsMs.includes(startMs))],
      coarsen: async () => undefined,
    },
    scores: { publish: async () => undefined },
    judge: async (seen) => void rounds.push(seen),
    onScored: () => undefined,
  });
  await scoring.round(NOW_MS);
  await scoring.round(NOW_MS + 1_000);
  expect(rounds.map((seen) => seen.cell(CELL)?.usual.delivered.normal)).toEqual([321, 321]);
  expect(rounds.map((seen) => seen.cell(CELL)?.recent.length)).toEqual([1, 1]);
});
