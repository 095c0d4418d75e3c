/** Records that wait for a handler: any order between keys, strict order within one. Those with an empty key have none. */
export interface KeyedQueue<T> {
  push(record: T): void;
  /** The next record whose key has none that is begun and not done. */
  begin(): T | undefined;
  done(record: T): void;
  /** Not yet begun. */
  waiting(): number;
}

export function createKeyedQueue<T>(keyOf: (record: T) => string): KeyedQueue<T> {
  const ready: T[] = [];
  /** Every key with a record that is ready or begun, and the records behind it. */
  const behind = new Map<string, T[]>();
  let waiting = 0;

  return {
    push(record) {
      waiting++;
      const key = keyOf(record);
      if (key === '') {
        ready.push(record);
        return;
      }
      const line = behind.get(key);
      if (line) {
        line.push(record);
        return;
      }
      behind.set(key, []);
      ready.push(record);
    },
    begin() {
      const record = ready.shift();
      if (record) waiting--;
      return record;
    },
    done(record) {
      const key = keyOf(record);
      const next = behind.get(key)?.shift();
      if (next) ready.push(next);
      else behind.delete(key);
    },
    waiting: () => waiting,
  };
}
