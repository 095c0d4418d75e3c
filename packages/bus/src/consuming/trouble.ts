import { backOffMs } from '../back-off.ts';

/**
 * Records of one partition that met a fault and are set aside while others go on. Each is tried again within 5 s: 200 tries
 * a second at most. Where a third of all records is concerned (one of three masters is lost), the partition gets 3,000 on.
 */
export const SET_ASIDE_MAX = 1_000;
/** Between two records that are begun while every one meets a fault: as the tries of one record, so that an outage costs little. */
const PROBE = { firstMs: 100, maxMs: 5_000 };

export interface Trouble {
  /** A record met its first fault. */
  began(): void;
  /** A record that had met a fault is over. */
  ended(): void;
  /** A record was finished: what it needs is there. */
  succeeded(): void;
  /** A record is begun. */
  begun(): void;
  mayBegin(): boolean;
  /** Records that met a fault and are not over. */
  count(): number;
}

/**
 * Tells a fault of some records (one master of a Cluster is lost, a bucket is being restored) from one of all of them (Redis or
 * Kafka is away): as long as others are finished, records go on being begun. Where each one begun meets a fault,
 * the next is begun later and later. `onMayBegin`: it may be time for another one.
 */
export function createTrouble({ onMayBegin, random }: { onMayBegin: () => void; random: () => number }): Trouble {
  let count = 0;
  /** Records that met their first fault since one was last finished. */
  let inRow = 0;
  let waiting: NodeJS.Timeout | undefined;

  function wait(): void {
    clearTimeout(waiting);
    waiting = setTimeout(
      () => {
        waiting = undefined;
        onMayBegin();
      },
      backOffMs(inRow - 1, PROBE, random()),
    );
    waiting.unref();
  }

  return {
    began() {
      count++;
      inRow++;
      wait();
    },
    ended: () => void count--,
    succeeded() {
      inRow = 0;
      clearTimeout(waiting);
      waiting = undefined;
    },
    begun() {
      if (inRow > 0) wait();
    },
    mayBegin: () => waiting === undefined && count < SET_ASIDE_MAX,
    count: () => count,
  };
}
