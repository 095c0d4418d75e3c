import { array, assert, asyncProperty, constantFrom, integer } from 'fast-check';
import { expect, test } from 'vitest';
import { createFairGate } from './fair-gate.ts';

const tick = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets `names` ask in this order and gives the order in which they were let in, one place being given back at a time. */
async function turns(places: number, names: readonly string[]): Promise<string[]> {
  const gate = createFairGate(places);
  const order: string[] = [];
  const leaves: (() => void)[] = [];
  for (const name of names) {
    void gate.enter(name).then((leave) => {
      order.push(name);
      leaves.push(leave);
    });
  }
  await tick();
  while (leaves.length > 0) {
    leaves.shift()!();
    await tick();
  }
  expect(gate.waiting()).toBe(0);
  return order;
}

test('who comes alone behind a thousand is let in next', async () => {
  const crowd = Array.from({ length: 1_000 }, () => 'crowd');
  const order = await turns(4, [...crowd, 'alone']);
  expect(order.indexOf('alone')).toBeLessThanOrEqual(4 + 1);
  expect(order).toHaveLength(1_001);
});

test('those of one name are let in as they came', async () => {
  const gate = createFairGate(1);
  const first = await gate.enter('a');
  const order: number[] = [];
  const entered = [1, 2, 3].map(async (n) => {
    const leave = await gate.enter('a');
    order.push(n);
    leave();
  });
  expect(gate.waiting()).toBe(3);
  first();
  await Promise.all(entered);
  expect(order).toEqual([1, 2, 3]);
});

test('whatever comes: never more inside than there are places, all are let in, and nobody who waits is passed over twice', async () => {
  await assert(
    asyncProperty(
      integer({ min: 1, max: 5 }),
      array(constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 }),
      async (places, names) => {
        const order = await turns(places, names);
        expect(order.toSorted()).toEqual(names.toSorted());
        // those who found room came in at once; of the rest each round takes one of every name that still waits
        const waiting = order.slice(places);
        for (const [at, name] of waiting.entries()) {
          const again = waiting.indexOf(name, at + 1);
          if (again < 0) continue;
          const between = waiting.slice(at + 1, again);
          expect(new Set(between).size).toBe(between.length);
          const later = new Set(waiting.slice(again));
          later.delete(name);
          for (const other of later) expect(between).toContain(other);
        }
      },
    ),
  );
});
