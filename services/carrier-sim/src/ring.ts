/** The newest `capacity` things, oldest first. Adding one more lets the oldest go and returns it. */
export interface Ring<T> {
  add(item: T): T | undefined;
  size(): number;
  [Symbol.iterator](): Iterator<T>;
  clear(): void;
}

export function createRing<T>(capacity: number): Ring<T> {
  let items: T[] = [];
  let oldest = 0;
  return {
    add(item) {
      if (items.length < capacity) {
        items.push(item);
        return undefined;
      }
      const gone = items[oldest];
      items[oldest] = item;
      oldest = (oldest + 1) % capacity;
      return gone;
    },
    size: () => items.length,
    *[Symbol.iterator]() {
      for (let k = 0; k < items.length; k++) yield items[(oldest + k) % items.length]!;
    },
    clear() {
      items = [];
      oldest = 0;
    },
  };
}
