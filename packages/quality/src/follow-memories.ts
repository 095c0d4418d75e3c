import { setTimeout as sleep } from 'node:timers/promises';
import { aged, createScoreTable, type Cell, type Memory, type ScoreTable } from '@watchword/routing';
import { cellKey } from './cell-key.ts';
import type { MemoryStore } from './memory-store.ts';

/** Scores are published once a second. */
const FOLLOW_MS = 1_000;
/** Several monitors' clocks, in a hand-over, differ by less. */
const OVERLAP_MS = 5_000;

export interface FollowedScores {
  /** What was last read; while Redis or the monitor is away that stays in force. */
  scores(): ScoreTable;
  stop(): Promise<void>;
}

/** Keeps the scores of all cells in memory, read aside, so that a choice waits for nothing. */
export function followMemories(store: Pick<MemoryStore, 'readSince'>, now: () => number = Date.now): FollowedScores {
  const memories = new Map<string, readonly [Cell, Memory]>();
  let table = createScoreTable([]);
  let sinceMs = 0;
  const stopping = new AbortController();

  async function follow(): Promise<void> {
    const read = await store.readSince(Math.max(0, sinceMs - OVERLAP_MS));
    for (const entry of read.memories) memories.set(cellKey(entry[0]), entry);
    sinceMs = read.atMs;
    const nowMs = now();
    table = createScoreTable([...memories.values()].map(([cell, memory]) => [cell, aged(memory, nowMs)] as const));
  }
  const following = (async () => {
    while (!stopping.signal.aborted) {
      await follow().catch(() => undefined); // Redis is away, which its own connection has told: what is known stays
      await sleep(FOLLOW_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();
  return {
    scores: () => table,
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
