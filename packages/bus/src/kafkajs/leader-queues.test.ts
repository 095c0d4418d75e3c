import { expect, test } from 'vitest';
import type { SendResult } from '../driver.ts';
import { createLeaderQueues, type Batch } from './leader-queues.ts';

/** Partitions 0-9 are led by a, 10-19 by b, of others nobody knows. Answers are given by hand. */
function createBroker() {
  const requests: { partitions: number[]; answer: (results?: SendResult[]) => void }[] = [];
  const send = createLeaderQueues({
    leaderOf: (_topic, partition) => ['a', 'b'][Math.floor(partition / 10)],
    send(batches: readonly Batch[]) {
      const { promise, resolve } = Promise.withResolvers<readonly SendResult[]>();
      const acknowledged = batches.map((): SendResult => ({ outcome: 'acknowledged' }));
      requests.push({
        partitions: batches.map(({ partition }) => partition),
        answer: (results = acknowledged) => resolve(results),
      });
      return promise;
    },
  });
  return {
    requests,
    send: (partition: number, records: Batch['records'] = []) => send({ topic: 't', partition, records }),
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the first goes at once and alone; what comes while it is under way goes together, in order', async () => {
  const { requests, send } = createBroker();
  const sent = [send(1), send(2), send(3)];
  expect(requests.map(({ partitions }) => partitions)).toEqual([[1]]);
  requests[0]!.answer();
  await turn();
  sent.push(send(4));
  expect(requests.map(({ partitions }) => partitions)).toEqual([[1], [2, 3]]);
  requests[1]!.answer();
  await turn();
  expect(requests[2]!.partitions).toEqual([4]);
  requests[2]!.answer();
  expect(await Promise.all(sent)).toEqual(sent.map(() => ({ outcome: 'acknowledged' })));
  void send(5);
  expect(requests[3]!.partitions).toEqual([5]);
});

test('another leader waits for nobody, nor does what nobody is known to lead', () => {
  const { requests, send } = createBroker();
  for (const partition of [1, 2, 11, 12, 21, 22]) void send(partition);
  expect(requests.map(({ partitions }) => partitions)).toEqual([[1], [11], [21], [22]]);
});

test('each gets its own result', async () => {
  const { requests, send } = createBroker();
  const sent = [send(1), send(2), send(3)];
  requests[0]!.answer();
  await turn();
  requests[1]!.answer([{ outcome: 'unknown', reason: 'x' }, { outcome: 'acknowledged' }]);
  expect((await Promise.all(sent)).map(({ outcome }) => outcome)).toEqual(['acknowledged', 'unknown', 'acknowledged']);
});

test('a request carries no more than it may, but always one batch', async () => {
  const { requests, send } = createBroker();
  const half = [{ key: 'k', value: 'x'.repeat(400_000), headers: {} }];
  void send(1);
  for (let partition = 2; partition < 7; partition++) void send(partition, half);
  void send(7, [{ key: 'k', value: 'x'.repeat(2_000_000), headers: {} }]);
  for (let n = 0; n < 4; n++) {
    requests[n]!.answer();
    await turn();
  }
  expect(requests.map(({ partitions }) => partitions)).toEqual([[1], [2, 3], [4, 5], [6], [7]]);
});
