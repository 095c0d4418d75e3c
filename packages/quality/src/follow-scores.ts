import { setTimeout as sleep } from 'node:timers/promises';
import { NO_SCORES, type ScoreTable } from '@watchword/routing';
import type { ScoreReader } from './score-store.ts';

/** Scores are published once a second. */
const FOLLOW_MS = 1_000;

export interface FollowedScores {
  /** What was last read; while Redis or the monitor is away that stays in force. */
  scores: () => ScoreTable;
  stop(): Promise<void>;
}

/** Keeps the scores in memory, read aside, so that a choice waits for nothing. */
export function followScores(reader: ScoreReader): FollowedScores {
  let table = NO_SCORES;
  const stopping = new AbortController();
  const following = (async () => {
    while (!stopping.signal.aborted) {
      // Redis is away, which its own connection has told: what is known stays
      table = (await reader.read().catch(() => undefined)) ?? table;
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
