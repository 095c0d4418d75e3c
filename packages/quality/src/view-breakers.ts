import { CLOSED_BREAKER, type Cell } from '@watchword/routing';
import { breakerName, type BreakerStore, type StoredBreaker } from './breaker-store.ts';

/** What all breakers of a cell come to: open while any is; half_open: one send may find out. */
export type CellBreaker = 'closed' | 'open' | 'half_open';

/** Who only wants to tell. @throws BaseError `OTP_STATE_UNAVAILABLE`, from `read` */
export function viewBreakers(store: Pick<BreakerStore, 'readChanged'>): {
  read(nowMs: number): Promise<(cell: Cell) => CellBreaker>;
} {
  let stored: ReadonlyMap<string, StoredBreaker> = new Map();
  return {
    async read(nowMs) {
      stored = (await store.readChanged()) ?? stored;
      return (cell) => {
        const names = [breakerName.provider(cell.provider), breakerName.cell(cell), breakerName.soft(cell)];
        const tripped = names.map((name) => stored.get(name)?.breaker ?? CLOSED_BREAKER).filter((each) => each.tripped);
        if (tripped.length === 0) return 'closed';
        return tripped.some(({ openUntilMs }) => nowMs < openUntilMs) ? 'open' : 'half_open';
      };
    },
  };
}
