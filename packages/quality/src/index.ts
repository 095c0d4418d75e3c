export { createCountsStore } from './counts-store.ts';
export type { CellChange, CountsStore, Place } from './counts-store.ts';
export { followScores } from './follow-scores.ts';
export type { FollowedScores } from './follow-scores.ts';
export { createLease } from './lease.ts';
export type { Lease } from './lease.ts';
export { createScorePublisher, createScoreReader } from './score-store.ts';
export type { ScorePublisher, ScoreReader } from './score-store.ts';
