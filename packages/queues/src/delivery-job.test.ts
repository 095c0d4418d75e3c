import { createVerificationId } from '@watchword/contracts';
import { describe, expect, it } from 'vitest';
import { type DeliveryJob, deliveryJobId, parseDeliveryJob, queuePrefix, shardOf } from './delivery-job.ts';

const job: DeliveryJob = { verificationId: createVerificationId({ region: 'a', bucket: 7 }), step: 0, send: 2, n: 1 };

describe('a delivery job', () => {
  it('has an id that BullMQ takes and that differs for each send and each n', () => {
    expect(deliveryJobId(job)).toBe(`${job.verificationId}-2-1`);
    expect(deliveryJobId(job)).not.toContain(':');
    expect(Number.parseInt(deliveryJobId(job), 10)).toBeNaN();
    expect(deliveryJobId({ ...job, send: 2, n: 11 })).not.toBe(deliveryJobId({ ...job, send: 21, n: 1 }));
  });

  it('is read back as it was written, and refused when it is anything else', () => {
    expect(parseDeliveryJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
    expect(parseDeliveryJob({ ...job, traceparent: '00-a-b-01', to: '+491701234567' })).toEqual({
      ...job,
      traceparent: '00-a-b-01',
    });
    for (const data of [null, 'x', [], {}, { ...job, n: '1' }, { ...job, send: -1 }, { ...job, verificationId: '' }]) {
      expect(parseDeliveryJob(data)).toBeUndefined();
    }
  });

  it('goes to the shard of its verification, and all shards are used', () => {
    const shards = Array.from({ length: 400 }, () => shardOf(createVerificationId({ region: 'a', bucket: 7 }), 4));
    for (const shard of [0, 1, 2, 3]) expect(shards.filter((used) => used === shard).length).toBeGreaterThan(50);
    expect(shardOf(job.verificationId, 4)).toBe(shardOf(job.verificationId, 4));
    expect(shardOf(job.verificationId, 1)).toBe(0);
    expect(queuePrefix('ww-', 'sms', 0)).toBe('{ww-deliver-sms-0}');
  });
});
