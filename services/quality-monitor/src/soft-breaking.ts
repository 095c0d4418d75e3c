import { breakerName, parseBreakerName, type BreakerStore, type StoredBreaker } from '@watchword/quality';
import {
  addCounts,
  BUCKET_MS,
  cellKey,
  countConverted,
  countReceipts,
  decideSoftBreakers,
  isForgiven,
  judgeReceipts,
  NO_COUNTS,
  parseCellKey,
  type Breaker,
  type Bucket,
  type BucketCounts,
  type Cell,
  type ReceiptCounts,
  type RouteHealth,
  type ScoreTable,
} from '@watchword/routing';
import type { Logger } from 'pino';

/** What is kept of a breaker that nobody has asked for so long is of no use: its provider or its traffic has gone. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** The least time over which sends are counted to a rate. */
const RATE_MIN_MS = 60_000;

/** What is known of one cell. */
interface SeenCell {
  /** The buckets of the last minutes. */
  recent: readonly Bucket[];
  /** Receipts of the hours before. */
  usual: ReceiptCounts;
}

/** What one round of scoring has seen. */
export interface SeenRound {
  scores: ScoreTable;
  /** Keys of the cells that were counted since the last round. */
  changed: readonly string[];
  cell: (key: string) => SeenCell | undefined;
}

export interface SoftBreakingDeps {
  store: BreakerStore;
  onOpen: (open: Record<'provider' | 'cell' | 'soft', number>) => void;
  log: Logger;
}

/** Opens and closes breakers by what is typed and received. @throws BaseError `OTP_STATE_UNAVAILABLE`, from each round */
export function createSoftBreaking({ store, onOpen, log }: SoftBreakingDeps) {
  let stored: ReadonlyMap<string, StoredBreaker> = new Map();

  /** @returns whether it was; whoever was first has begun a probe, and the next round sees to it */
  async function write(name: string, breaker: Breaker | undefined): Promise<boolean> {
    const { swapped, stored: now } = await store.swap(name, stored.get(name), breaker);
    const kept = new Map(stored);
    if (now) kept.set(name, now);
    else kept.delete(name);
    stored = kept;
    return swapped;
  }

  function tell({ provider, channel, country, operator }: Cell, { tripped }: Breaker): void {
    const what = tripped
      ? 'codes that this provider sends are not typed, or its receipts do not come: it gets none but probes'
      : 'this provider gets sends of this route again';
    log.info({ provider, channel, country, operator }, what);
  }

  async function judge(route: string, seen: SeenRound, nowMs: number): Promise<void> {
    const scores = seen.scores.routes.get(route);
    if (!scores) return;
    const [channel, country, operator] = route.split('|') as [Cell['channel'], string, string];
    const cellOf = (provider: string): Cell => ({ provider, channel, country, operator });
    const nameOf = (provider: string): string => breakerName.soft(cellOf(provider));
    const before = Object.fromEntries(
      [...scores.keys()].flatMap((provider) => {
        const there = stored.get(nameOf(provider));
        return there ? [[provider, there.breaker] as const] : [];
      }),
    );
    const cells = new Map(
      [...scores.keys()].map((provider) => [provider, seen.cell(cellKey(cellOf(provider)))] as const),
    );
    const after = decideSoftBreakers(before, { scores, ...healthOf(cells, nowMs) }, nowMs);
    for (const [provider, breaker] of Object.entries(after)) {
      if (breaker === before[provider] || !(await write(nameOf(provider), breaker))) continue;
      if (breaker.tripped !== (before[provider]?.tripped ?? false)) tell(cellOf(provider), breaker);
    }
  }

  async function forget(nowMs: number): Promise<void> {
    for (const [name, { breaker }] of stored) {
      const askedMs = Math.max(breaker.openUntilMs, breaker.probeUntilMs);
      if (isForgiven(breaker, nowMs) || nowMs - askedMs > FORGOTTEN_AFTER_MS) await write(name, undefined);
    }
  }

  return {
    async round(seen: SeenRound, nowMs: number): Promise<void> {
      stored = (await store.readChanged()) ?? stored;
      const routes = new Set(seen.changed.map((key) => routeOf(parseCellKey(key))));
      const open = { provider: 0, cell: 0, soft: 0 };
      for (const [name, { breaker }] of stored) {
        const named = parseBreakerName(name);
        if (!named || !breaker.tripped) continue;
        open[named.scope] += 1;
        if (named.scope === 'soft') routes.add(routeOf(named.cell));
      }
      onOpen(open);
      for (const route of routes) await judge(route, seen, nowMs);
      await forget(nowMs);
    },
  };
}

function routeOf({ channel, country, operator }: Cell): string {
  return `${channel}|${country}|${operator}`;
}

function healthOf(cells: ReadonlyMap<string, SeenCell | undefined>, nowMs: number): Omit<RouteHealth, 'scores'> {
  // a stretch that had begun before may hold what was sent since
  const since = (provider: string, sinceMs: number): Bucket[] =>
    (cells.get(provider)?.recent ?? []).filter(({ startMs }) => startMs > sinceMs - BUCKET_MS);
  return {
    receipts(provider, sinceMs) {
      const seen = cells.get(provider);
      if (!seen) return 'unknown';
      return judgeReceipts(countReceipts(since(provider, sinceMs), nowMs), seen.usual);
    },
    since(provider, sinceMs) {
      const sent = since(provider, sinceMs).reduce<BucketCounts>(addCounts, NO_COUNTS);
      return { submitted: sent.submitted, converted: countConverted(sent), delivered: sent.delivered };
    },
    sendsPerSecond() {
      const all = [...cells.values()].flatMap((cell) => cell?.recent ?? []);
      const overMs = nowMs - Math.min(nowMs - RATE_MIN_MS, ...all.map(({ startMs }) => startMs));
      return all.reduce((sum, { submitted }) => sum + submitted, 0) / (overMs / 1_000);
    },
  };
}
