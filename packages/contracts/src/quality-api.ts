import { Type, type Static } from 'typebox';
import { cellFields } from './event-fields.ts';
import { qualityCounts, qualityJudgement, qualityShares, qualityTimes } from './quality-event.ts';
import { CHANNELS } from './words.ts';

/** `minute`, `hour` or `day`: what one row of the answer covers. Days and hours are UTC's. */
export const QUALITY_STEPS = ['minute', 'hour', 'day'] as const;

/** More than a day of a cell's minutes, and an answer of some 2 MB; a table of all cells is asked by the hour or day. */
export const QUALITY_ROWS_MAX = 5_000;
/**
 * Cells that one answer is made of. A cell's week is 1,400 values in Redis, which cost it a millisecond and the process some four: at this
 * many an answer takes two seconds, and several times that where the machine is busy.
 */
export const QUALITY_CELLS_MAX = 500;

const Instant = (description: string) => Type.String({ format: 'date-time', maxLength: 40, description });

/** The query of `GET /v1/quality`. */
export const QualityQuery = Type.Object(
  {
    channel: Type.Optional(Type.Enum([...CHANNELS], { description: 'Only this channel' })),
    provider: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Only this provider, by its name in the configuration' }),
    ),
    country: Type.Optional(
      Type.String({ pattern: '^[A-Z]{2}$', description: 'Only this country, ISO 3166-1 alpha-2' }),
    ),
    operator: Type.Optional(
      Type.String({ pattern: '^[0-9]{3}-[0-9]{2,3}$', description: 'Only this operator, MCC-MNC' }),
    ),
    since: Type.Optional(
      Instant(
        'The first step is the one that this falls into; default: an hour before `until`. Counts are kept for 7 days',
      ),
    ),
    until: Type.Optional(Instant('Steps that begin at or after it are left out; default: now')),
    step: Type.Optional(Type.Enum([...QUALITY_STEPS], { default: 'minute', description: 'What one row covers; UTC' })),
  },
  { additionalProperties: false },
);
export type QualityQuery = Static<typeof QualityQuery>;

/** One cell in one step. */
export const QualityCell = Type.Object({
  start: Type.String({ format: 'date-time', description: 'The beginning of what the row covers' }),
  seconds: Type.Integer({
    minimum: 60,
    description: 'How long that is: the step’s length, or 600 where minutes are no longer kept apart (after 6 h)',
  }),
  ...cellFields,
  ...qualityCounts,
  ...qualityShares,
  ...qualityTimes,
});
export type QualityCell = Static<typeof QualityCell>;

/** What one cell is judged to be at the moment of the answer. */
export const QualityJudgement = Type.Object({ ...cellFields, ...qualityJudgement });
export type QualityJudgement = Static<typeof QualityJudgement>;

/** Answer of `GET /v1/quality`. */
export const QualityAnswer = Type.Object({
  since: Type.String({ format: 'date-time', description: 'The beginning of the first step' }),
  until: Type.String({ format: 'date-time', description: 'The end that was asked for' }),
  step: Type.Enum([...QUALITY_STEPS]),
  cells: Type.Array(QualityCell, {
    maxItems: QUALITY_ROWS_MAX,
    description: 'By cell, then by time. A cell of which nothing was counted in a step has no row for it',
  }),
  now: Type.Array(QualityJudgement, {
    maxItems: QUALITY_CELLS_MAX,
    description: 'What each of these cells is judged to be now, whatever time was asked for',
  }),
});
export type QualityAnswer = Static<typeof QualityAnswer>;
