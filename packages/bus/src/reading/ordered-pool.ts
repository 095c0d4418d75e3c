import { createKeyedQueue } from '../consuming/keyed-queue.ts';

export interface OrderedPool<T extends { key: string }> {
  add(item: T): void;
  waiting(): number;
  /** Added and not done. */
  unfinished(): number;
  /** Begins nothing more. */
  stop(): void;
}

/** Works on up to `concurrency` items at a time, on those of one key strictly in the order in which they were added. */
export function createOrderedPool<T extends { key: string }>(options: {
  concurrency: number;
  /** Must not reject. */
  work(item: T): Promise<void>;
  onDone(): void;
}): OrderedPool<T> {
  const queue = createKeyedQueue<T>(({ key }) => key);
  let running = 0;
  let stopped = false;

  async function begin(item: T): Promise<void> {
    running++;
    await options.work(item);
    running--;
    queue.done(item);
    options.onDone();
    pump();
  }

  function pump(): void {
    while (running < options.concurrency) {
      const item = stopped ? undefined : queue.begin();
      if (!item) return;
      void begin(item);
    }
  }

  return {
    add(item) {
      queue.push(item);
      pump();
    },
    waiting: () => queue.waiting(),
    unfinished: () => queue.waiting() + running,
    stop() {
      stopped = true;
    },
  };
}
