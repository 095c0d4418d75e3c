import * as fc from 'fast-check';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition-of.ts';

// From Kafka's own UtilsTest.testMurmur2, so that Java publishers and we agree.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
])('murmur2 of %s is what Java gives', (text, hash) => {
  expect(murmur2(Buffer.from(text))).toBe(hash);
});

test('every key has the partition that kafkajs’ default partitioner gives it', () => {
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (key, count) => {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [],
        isr: [],
      }));
      expect(partitionOf(key, count)).toBe(partitioner({ topic: 't', partitionMetadata, message: { key, value: '' } }));
    }),
  );
});
