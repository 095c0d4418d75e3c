import type { BreakerState } from '@watchword/contracts';
import { CLOSED_BREAKER, type Cell } from '@watchword/routing';
import { breakersBefore, type BreakerStore, type StoredBreaker } from './breaker-store.ts';

/**
 * What all breakers of a cell come to, for whoever only tells of it: open while any is; half_open: one send may find out.
 *
 * @param store undefined where breakers are switched off: what was open by then keeps nobody away any more
 * @throws BaseError `OTP_STATE_UNAVAILABLE`, from `read`
 */
export function viewBreakers(store: Pick<BreakerStore, 'readChanged'> | undefined): {
  read(nowMs: number): Promise<(cell: Cell) => BreakerState>;
} {
  let stored: ReadonlyMap<string, StoredBreaker> = new Map();
  return {
    async read(nowMs) {
      stored = (await store?.readChanged()) ?? stored;
      return (cell) => {
        const { hard, soft } = breakersBefore(cell);
        const tripped = [...hard, soft]
          .map((name) => stored.get(name)?.breaker ?? CLOSED_BREAKER)
          .filter((each) => each.tripped);
        if (tripped.length === 0) return 'closed';
        return tripped.some(({ openUntilMs }) => nowMs < openUntilMs) ? 'open' : 'half_open';
      };
    },
  };
}
