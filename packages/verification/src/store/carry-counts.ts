import type { StoreContext } from './context.ts';

/** What is carried of one log at most: several times the most that sensible limits let into it in a day. */
const CARRIED_MAX = 200;
/** The longest window of sends and of wrong checks: nothing older counts. */
const COUNTED_MS = 24 * 60 * 60 * 1000;

/** How a recipient is known by one lookup key. */
export interface RecipientName {
  bucket: number;
  limitKey: string;
}

/** After a rotation of the lookup key a recipient has another name, and what was counted under the former one must go along. */
export function createCarrying({ run, keys }: StoreContext) {
  async function carry(from: string, to: string): Promise<void> {
    const [, flat] = (await run('counted', [from], [CARRIED_MAX])) as [number, string[]];
    if (flat.length === 0) return;
    const entries = Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i + 1]!, flat[2 * i]!]);
    await run('carry', [to], [COUNTED_MS, ...entries.flat()]);
  }
  return {
    async carrySends(from: RecipientName, to: RecipientName): Promise<void> {
      await carry(keys.sends(from.bucket, from.limitKey), keys.sends(to.bucket, to.limitKey));
    },
    /** @param lookup `<kid>.<hmac>`, as records name it */
    async carryWrongChecks(
      from: { bucket: number; lookup: string },
      to: { bucket: number; lookup: string },
    ): Promise<void> {
      await carry(keys.wrongChecksPrefix(from.bucket) + from.lookup, keys.wrongChecksPrefix(to.bucket) + to.lookup);
    },
  };
}
