import { ERROR_CLASSES } from '@watchword/contracts';
import { NO_COUNTS, addCounts } from '@watchword/routing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packCounts, unpackCounts } from './pack-counts.ts';

// a count may be taken back before it came
const count = fc.integer({ min: -3, max: 100_000 });
const bins = (of: readonly number[]) => fc.array(count, { minLength: of.length, maxLength: of.length });

test('what is unpacked is what was packed, whatever was left out as zero', () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          submitted: count,
          delivered: count,
          undelivered: count,
          deliveredLate: count,
          deliveredConverted: count,
          withdrawn: count,
          converted: bins(NO_COUNTS.converted),
          latency: bins(NO_COUNTS.latency),
          errors: fc.dictionary(fc.constantFrom(...ERROR_CLASSES), fc.integer({ min: 1, max: 9 })),
        },
        { requiredKeys: [] },
      ),
      (delta) => {
        expect(unpackCounts(packCounts(delta))).toEqual(addCounts(NO_COUNTS, delta));
      },
    ),
  );
  expect(unpackCounts('')).toEqual(NO_COUNTS);
});
