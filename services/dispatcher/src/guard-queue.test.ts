import { BaseError } from '@watchword/contracts';
import { expect, it, vi } from 'vitest';
import { guardQueue } from './guard-queue.ts';

function setUp() {
  let now = 0;
  let back = false;
  const enqueue = vi.fn(async (_id: string) => {
    if (!back) throw new BaseError('OTP_QUEUE_UNAVAILABLE', 'no answer', { retry: true });
  });
  return {
    enqueue,
    guarded: guardQueue(enqueue, () => now),
    pass: (ms: number) => void (now += ms),
    heal: () => void (back = true),
  };
}
const failed = { code: 'OTP_QUEUE_UNAVAILABLE', retry: true };

it('a queue that does not answer is asked once a second; everybody else is told so at once', async () => {
  const { guarded, enqueue, pass } = setUp();
  await expect(guarded('first')).rejects.toMatchObject(failed);
  for (let n = 0; n < 100; n++) await expect(guarded('more')).rejects.toMatchObject(failed);
  expect(enqueue).toHaveBeenCalledOnce();
  pass(1_000);
  await Promise.allSettled(Array.from({ length: 100 }, () => guarded('again')));
  expect(enqueue).toHaveBeenCalledTimes(2);
});

it('the first that comes through opens it for all', async () => {
  const { guarded, enqueue, pass, heal } = setUp();
  await expect(guarded('first')).rejects.toMatchObject(failed);
  heal();
  pass(1_000);
  await guarded('probe');
  await Promise.all([guarded('a'), guarded('b'), guarded('c')]);
  expect(enqueue).toHaveBeenCalledTimes(5);
});
