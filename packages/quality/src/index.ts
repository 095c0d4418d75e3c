export { cellKey, parseCellKey } from './cell-key.ts';
export { createCountsStore } from './counts-store.ts';
export type { CellChange, CountsStore, Place } from './counts-store.ts';
export type { RedisConnection } from './scripts.ts';
