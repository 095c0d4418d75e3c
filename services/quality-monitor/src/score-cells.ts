import type { CountsStore, ScorePublisher } from '@watchword/quality';
import {
  addReceipts,
  BUCKET_MS,
  bucketStart,
  countReceipts,
  createScoreBook,
  parseCellKey,
  subtractCounts,
  NO_COUNTS,
  NO_RECEIPTS,
  type Bucket,
  type ReceiptCounts,
  type ScoreBook,
} from '@watchword/routing';
import type { SeenRound } from './soft-breaking.ts';

/** Stretches that are read again every second: those whose sends are pending, and what receipts still say of them. */
const READ_AGAIN_MS = 600_000;
/** What is usual of receipts: as long as a day's traffic stays alike. */
const USUAL_MS = 6 * 3_600_000;
/** Buckets that are older are put together, for all cells with traffic, once in so long. */
const COARSEN_MS = 600_000;
/** What came in later than `READ_AGAIN_MS` is found when all is read anew: events that an outage of Kafka had held up. */
const ANEW_MS = 3_600_000;
/** Processes' clocks differ by less. */
const OVERLAP_MS = 5_000;

export interface ScoreCellsDeps {
  counts: Pick<CountsStore, 'changedSince' | 'read' | 'readStretches' | 'coarsen'>;
  scores: ScorePublisher;
  /** Told of every round, to open and close breakers. */
  judge: (seen: SeenRound, nowMs: number) => Promise<void>;
  onScored: (cells: number) => void;
}

export interface CellScoring {
  /** Reads what was counted since, and publishes what it means. @throws BaseError `OTP_STATE_UNAVAILABLE` */
  round(nowMs: number): Promise<void>;
}

interface Known {
  book: ScoreBook;
  /** What the book has of each cell's recent stretches. */
  recent: Map<string, Map<number, Bucket>>;
  /** What receipts said of each cell before that. */
  usual: Map<string, ReceiptCounts>;
  changedMs: number;
  sinceMs: number;
}

/** Turns counts into scores; begins by reading all of them. */
export function createCellScoring({ counts, scores, judge, onScored }: ScoreCellsDeps): CellScoring {
  let known: Known | undefined;
  let coarsenedMs = Number.NEGATIVE_INFINITY;

  async function begin(nowMs: number): Promise<Known> {
    const changed = await counts.changedSince(0);
    const cells = changed.map(({ cell }) => cell);
    const book = createScoreBook();
    const recent: Known['recent'] = new Map();
    const usual: Known['usual'] = new Map();
    for (const [at, buckets] of (await counts.read(cells)).entries()) {
      const name = cells[at]!;
      const cell = parseCellKey(name);
      for (const bucket of buckets) book.add(cell, bucket, bucket);
      const young = buckets.filter((bucket) => isFine(bucket) && isYoung(bucket, nowMs));
      recent.set(name, new Map(young.map((bucket) => [bucket.startMs, bucket])));
      const before = buckets.filter((bucket) => bucket.startMs >= nowMs - USUAL_MS && !isYoung(bucket, nowMs));
      usual.set(name, countReceipts(before, nowMs));
    }
    return { book, recent, usual, changedMs: Math.max(0, ...changed.map(({ atMs }) => atMs)), sinceMs: nowMs };
  }

  /** The book takes what is new: the difference to what it was told of a stretch before. */
  async function readRecent({ book, recent, usual }: Known, cells: readonly string[], nowMs: number): Promise<void> {
    const last = bucketStart(nowMs);
    const starts = Array.from({ length: READ_AGAIN_MS / BUCKET_MS }, (_, back) => last - back * BUCKET_MS);
    for (const [at, buckets] of (await counts.readStretches(cells, starts, BUCKET_MS)).entries()) {
      const before = recent.get(cells[at]!) ?? new Map<number, Bucket>();
      recent.set(cells[at]!, new Map(buckets.map((bucket) => [bucket.startMs, bucket])));
      const past = [...before.values()].filter(({ startMs }) => startMs < starts.at(-1)!);
      usual.set(cells[at]!, addReceipts(usual.get(cells[at]!) ?? NO_RECEIPTS, countReceipts(past, nowMs)));
      for (const bucket of buckets) {
        const told = before.get(bucket.startMs);
        book.add(parseCellKey(cells[at]!), bucket, subtractCounts(bucket, told ?? NO_COUNTS));
      }
    }
  }

  async function coarsen(nowMs: number): Promise<void> {
    for (const { cell } of await counts.changedSince(nowMs - 2 * COARSEN_MS)) await counts.coarsen(cell, nowMs);
    coarsenedMs = nowMs;
  }

  return {
    async round(nowMs) {
      if (!known || nowMs - known.sinceMs >= ANEW_MS) known = await begin(nowMs);
      const changed = await counts.changedSince(Math.max(0, known.changedMs - OVERLAP_MS));
      await readRecent(
        known,
        changed.map(({ cell }) => cell),
        nowMs,
      );
      known.changedMs = Math.max(known.changedMs, ...changed.map(({ atMs }) => atMs));
      const table = known.book.refresh(nowMs);
      await scores.publish(table);
      onScored(known.recent.size);
      const { recent, usual } = known;
      await judge(
        {
          scores: table,
          changed: changed.map(({ cell }) => cell),
          cell: (key) => ({ recent: youngOf(recent.get(key), nowMs), usual: usual.get(key) ?? NO_RECEIPTS }),
        },
        nowMs,
      );
      if (nowMs - coarsenedMs >= COARSEN_MS) await coarsen(nowMs);
    },
  };
}

/** A cell without traffic is not read again, and what was read last has grown old. */
function youngOf(buckets: ReadonlyMap<number, Bucket> | undefined, nowMs: number): Bucket[] {
  return [...(buckets?.values() ?? [])].filter((bucket) => isYoung(bucket, nowMs));
}

function isYoung({ startMs }: Bucket, nowMs: number): boolean {
  return startMs >= nowMs - READ_AGAIN_MS;
}

function isFine({ widthMs }: Bucket): boolean {
  return widthMs === BUCKET_MS;
}
