import type { RawRecord } from '../driver.ts';

/** Records that wait for a handler: any order between keys, strict order within one. */
export interface KeyedQueue {
  push(record: RawRecord): void;
  /** The next record whose key has none that is begun and not done. */
  begin(): RawRecord | undefined;
  done(record: RawRecord): void;
  /** Not yet begun. */
  waiting(): number;
}

export function createKeyedQueue(): KeyedQueue {
  const ready: RawRecord[] = [];
  /** Every key with a record that is ready or begun, and the records behind it. */
  const behind = new Map<string, RawRecord[]>();
  let waiting = 0;

  return {
    push(record) {
      waiting++;
      const line = behind.get(record.key);
      if (line) {
        line.push(record);
        return;
      }
      behind.set(record.key, []);
      ready.push(record);
    },
    begin() {
      const record = ready.shift();
      if (record) waiting--;
      return record;
    },
    done({ key }) {
      const next = behind.get(key)?.shift();
      if (next) ready.push(next);
      else behind.delete(key);
    },
    waiting: () => waiting,
  };
}
