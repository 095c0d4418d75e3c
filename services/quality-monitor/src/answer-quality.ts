import { QUALITY_CELLS_MAX, QUALITY_ROWS_MAX, type QualityAnswer, type QualityQuery } from '@watchword/contracts';
import type { CountsStore } from '@watchword/quality';
import { BUCKETS_KEPT_MS, bucketStart, parseCellKey, type Cell } from '@watchword/routing';
import { describeCounts, type Price } from './describe-counts.ts';
import type { Judgement } from './judge-cells.ts';
import { WIDEST_MS, rowsOf, type Steps } from './rows-of.ts';

/** The lengths of what a row covers. */
const STEP_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
/** What a dashboard shows first: sixty rows of each cell, by the minute. */
const SINCE_DEFAULT_MS = 3_600_000;
/** Cells that are read and told in one piece: a week of them takes some tens of milliseconds, in which the process does nothing else. */
const CELLS_AT_ONCE_MAX = 8;
/** A cell is known to have changed by the clock of the process that counted it: clocks differ by less. */
const OVERLAP_MS = 5_000;

export interface AnswerDeps {
  counts: Pick<CountsStore, 'changedSince' | 'readSpans'>;
  readJudgements: () => Promise<(cell: Cell) => Judgement>;
  priceOf: (provider: string, country: string) => Price | undefined;
}

export type Answered =
  | { outcome: 'answered'; answer: QualityAnswer }
  | { outcome: 'invalidTime' }
  | { outcome: 'tooMany'; what: 'rows' | 'cells' };

/** Answers a query from the buckets in Redis. @throws BaseError `OTP_STATE_UNAVAILABLE` */
export async function answerQuality(deps: AnswerDeps, query: QualityQuery, nowMs: number): Promise<Answered> {
  const { counts, priceOf } = deps;
  const step = query.step ?? 'minute';
  const untilMs = query.until === undefined ? nowMs : Date.parse(query.until);
  const sinceMs = query.since === undefined ? untilMs - SINCE_DEFAULT_MS : Date.parse(query.since);
  // a leap second has the format of a moment, and is none to JavaScript
  if (!(untilMs > sinceMs)) return { outcome: 'invalidTime' };
  const steps: Steps = { fromMs: bucketStart(sinceMs, STEP_MS[step]), toMs: untilMs, stepMs: STEP_MS[step] };
  const stretch = storedStretch(steps, nowMs);
  const isKept = stretch.fromMs < stretch.toMs;
  const known = isKept ? await counts.changedSince(Math.max(0, stretch.fromMs - OVERLAP_MS)) : [];
  const cells = known.map(({ cell }) => cell).filter((cell) => isAskedFor(query, parseCellKey(cell)));
  if (cells.length > QUALITY_CELLS_MAX) return { outcome: 'tooMany', what: 'cells' };

  const rows: QualityAnswer['cells'] = [];
  const told: Cell[] = [];
  cells.sort();
  for (let from = 0; from < cells.length; from += CELLS_AT_ONCE_MAX) {
    const part = cells.slice(from, from + CELLS_AT_ONCE_MAX);
    const read = await counts.readSpans(part.map((cell) => ({ cell, ...stretch })));
    for (const [at, buckets] of read.entries()) {
      const cell = parseCellKey(part[at]!);
      const price = priceOf(cell.provider, cell.country);
      const ofCell = rowsOf(buckets, steps);
      if (ofCell.length > 0) told.push(cell);
      for (const { startMs, widthMs, counts: counted } of ofCell)
        rows.push({ start: iso(startMs), seconds: widthMs / 1_000, ...cell, ...describeCounts(counted, price) });
    }
    if (rows.length > QUALITY_ROWS_MAX) return { outcome: 'tooMany', what: 'rows' };
  }
  const judge = await deps.readJudgements();
  const now = told.map((cell) => ({ ...cell, ...judge(cell) }));
  return {
    outcome: 'answered',
    answer: { since: iso(steps.fromMs), until: iso(untilMs), step, cells: rows, now },
  };
}

/** Of the steps what there may be buckets of: whole ones of the widest kind, so that each row has all that came late to it. */
function storedStretch({ fromMs, toMs, stepMs }: Steps, nowMs: number): { fromMs: number; toMs: number } {
  const lastMs = bucketStart(Math.min(toMs, nowMs + WIDEST_MS) - 1, stepMs) + stepMs;
  return {
    fromMs: bucketStart(Math.max(fromMs, nowMs - BUCKETS_KEPT_MS - WIDEST_MS), WIDEST_MS),
    toMs: Math.ceil(lastMs / WIDEST_MS) * WIDEST_MS,
  };
}

function isAskedFor({ channel, provider, country, operator }: QualityQuery, cell: Cell): boolean {
  return (
    (channel === undefined || cell.channel === channel) &&
    (provider === undefined || cell.provider === provider) &&
    (country === undefined || cell.country === country) &&
    (operator === undefined || cell.operator === operator)
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
