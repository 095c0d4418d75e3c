import { Type, type Static, type TInteger, type TOptional } from 'typebox';
import { cellFields, Price, TimeMs } from './event-fields.ts';
import { BREAKER_STATES, ERROR_CLASSES, type ErrorClass } from './words.ts';

const Count = (description: string) => Type.Integer({ minimum: 0, description });
const Share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const Milliseconds = (description: string) => Type.Integer({ minimum: 0, description });

/** A field for each class, so that a class of a later version is one more optional field and breaks nobody. */
const ErrorCounts = Type.Object(
  Object.fromEntries(ERROR_CLASSES.map((name) => [name, Type.Optional(Type.Integer({ minimum: 1 }))])) as Record<
    ErrorClass,
    TOptional<TInteger>
  >,
  { description: 'How many submissions met which class of error; a class that did not occur is left out' },
);

/** What was counted of the submissions of a stretch of time, by the time of their claims. */
export const qualityCounts = {
  submitted: Count('Submissions to the provider that were claimed then, whatever came of them'),
  converted: Count('Of these: the code was typed and approved within 180 s of the claim'),
  delivered: Count('Of these: the provider says delivered'),
  undelivered: Count('Of these: the provider says undelivered, expired or rejected'),
  errors: ErrorCounts,
};

/** What was measured of them; left out where there was nothing to measure. */
export const qualityTimes = {
  call_p50_ms: Type.Optional(Milliseconds('Median time of the provider’s call, from the claim to the settle')),
  call_p95_ms: Type.Optional(Milliseconds('95 of 100 calls were no longer')),
  conversion_p50_ms: Type.Optional(Milliseconds('Median time from the claim to the approval')),
  conversion_p95_ms: Type.Optional(Milliseconds('95 of 100 approvals came no later')),
};

/** What the cell was judged to be by all that is remembered of it, and what the router was told. */
export const qualityScore = {
  score: Type.Optional(Share('Conversion: the share of submissions whose code was typed and approved')),
  score_low: Type.Optional(Share('Lower end of its 95 % interval (Wilson)')),
  score_high: Type.Optional(Share('Upper end')),
  score_n: Type.Number({
    minimum: 0,
    description: 'How many submissions the score rests on; older ones count for less, so it is no whole number',
  }),
  receipt_rate: Type.Optional(Share('The share of submissions that the provider’s receipts say were delivered')),
  price: Type.Optional(Price),
  price_per_conversion: Type.Optional(Price),
  breaker: Type.Enum([...BREAKER_STATES], {
    description: 'Whether the router may choose the cell; half_open: only now and then, to see whether it works again',
  }),
  fake_receipts: Type.Boolean({ description: 'The receipts say delivered, and the codes are not typed' }),
};

/** `otp.quality.v1`: what was seen of a cell in one minute, and what the cell was judged to be at its end. */
export const QualityEvent = Type.Object({
  minute: TimeMs('Its beginning'),
  revision: Type.Integer({
    minimum: 1,
    description: 'Counts that come late make a new revision of the whole event: of a cell’s minute the highest holds',
  }),
  ...cellFields,
  ...qualityCounts,
  ...qualityScore,
  ...qualityTimes,
});
export type QualityEvent = Static<typeof QualityEvent>;

export const QualityKey = Type.String({ description: '`<channel>|<provider>|<country>|<operator>`: the cell' });

/** The cell as one text: the key of its events. None of its parts can hold a bar. */
export function qualityCell(cell: Pick<QualityEvent, 'channel' | 'provider' | 'country' | 'operator'>): string {
  return [cell.channel, cell.provider, cell.country, cell.operator].join('|');
}

/** `<cell>.<minute>.<revision>`: published again, after a crash or a doubt, it is the same event. */
export function qualityEventId(event: QualityEvent): string {
  return `${qualityCell(event)}.${event.minute}.${event.revision}`;
}
