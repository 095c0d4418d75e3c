import type { BreakerState, QualityJudgement } from '@watchword/contracts';
import type { FakesStore } from '@watchword/quality';
import { scoreOfCell, type Cell, type ScoreTable } from '@watchword/routing';

/** What a cell is judged to be now. */
export type Judgement = Omit<QualityJudgement, keyof Cell>;

export interface JudgeDeps {
  /** As they are in force. */
  scores: () => ScoreTable;
  fakes: Pick<FakesStore, 'read'>;
  /** Reads how the breakers stand. */
  breakers: () => Promise<(cell: Cell) => BreakerState>;
}

/** Reads once what holds for all cells. @throws BaseError `OTP_STATE_UNAVAILABLE` */
export async function readJudgements({ scores, fakes, breakers }: JudgeDeps): Promise<(cell: Cell) => Judgement> {
  const table = scores();
  const [isFake, breakerOf] = await Promise.all([fakes.read(), breakers()]);
  return (cell) => {
    const score = scoreOfCell(table, cell);
    return {
      ...(score && { score: score.mean, score_n: score.n }),
      breaker: breakerOf(cell),
      fake_receipts: isFake(cell),
    };
  };
}
