import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOffsetPrefix } from './offset-prefix.ts';

test('whatever order records finish in, the offset to commit is the one after the last of the finished prefix', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 3_000 }).chain((drawn) => {
        const offsets = drawn.toSorted((a, b) => a - b);
        return fc.tuple(fc.constant(offsets), fc.shuffledSubarray(offsets));
      }),
      ([offsets, finished]) => {
        const prefix = createOffsetPrefix();
        for (const offset of offsets) prefix.start(offset);
        const done = new Set<number>();
        for (const offset of finished) {
          prefix.finish(offset);
          done.add(offset);
        }
        const open = offsets.findIndex((offset) => !done.has(offset));
        const lastOfPrefix = open === -1 ? offsets.at(-1) : offsets[open - 1];
        expect(prefix.next()).toBe(lastOfPrefix === undefined ? undefined : lastOfPrefix + 1);
        expect(prefix.firstUnfinished()).toBe(offsets[open]);
        expect(prefix.unfinished()).toBe(offsets.length - finished.length);
      },
    ),
    { numRuns: 50 },
  );
});
