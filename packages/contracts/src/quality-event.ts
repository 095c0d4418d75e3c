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
  {
    description:
      'How many submissions and receipts of failure met which class of error; a class that did not occur is left out',
  },
);

/** What was counted of the submissions of a stretch of time, by the time of their claims. */
export const qualityCounts = {
  submitted: Count(
    'Submissions claimed then that the provider accepted or may have: without the rejected and the withdrawn ones',
  ),
  withdrawn: Count('Submissions whose verification was canceled: in no other of these counts but that of calls'),
  converted: Count('Of the submitted: the code was typed and approved within 180 s of the claim'),
  delivered: Count('Of the submitted: the provider says delivered'),
  undelivered: Count('Of the submitted: the provider says undelivered, expired or rejected'),
  errors: ErrorCounts,
};

/** What follows from the counts; left out where there is nothing to divide by. */
export const qualityShares = {
  conversion: Type.Optional(Share('The share of the submitted that converted')),
  conversion_low: Type.Optional(Share('Lower end of its 95 % interval (Wilson)')),
  conversion_high: Type.Optional(Share('Upper end')),
  receipt_rate: Type.Optional(Share('The share of the submitted that the provider says were delivered')),
  price: Type.Optional(Price),
  price_per_conversion: Type.Optional(Price),
};

/** What was measured of them; left out where there was nothing to measure. Between the ends of the counters’ bins it is interpolated. */
export const qualityTimes = {
  call_p50_ms: Type.Optional(
    Milliseconds('Median time of the provider’s call, from the claim to the settle; 6,400 stands for all above'),
  ),
  call_p95_ms: Type.Optional(Milliseconds('95 of 100 calls were no longer')),
  conversion_p50_ms: Type.Optional(Milliseconds('Median time from the claim to the approval')),
  conversion_p95_ms: Type.Optional(Milliseconds('95 of 100 approvals came no later')),
};

/** What a cell is judged to be by all that is remembered of it. */
export const qualityJudgement = {
  score: Type.Optional(
    Share('The share of submissions that the router expects to convert; left out before the cell has been scored'),
  ),
  score_n: Type.Optional(
    Type.Number({
      minimum: 0,
      description: 'How many submissions of the cell it rests on; older ones count for less, so it is no whole number',
    }),
  ),
  breaker: Type.Enum([...BREAKER_STATES], {
    description: 'Whether the router may choose the cell; half_open: only now and then, to see whether it works again',
  }),
  fake_receipts: Type.Boolean({
    description: 'The provider’s receipts in this country say delivered, and the codes are not typed',
  }),
};

/** `otp.quality.v1`: what was counted of a cell in one minute, and what the cell was judged to be when that was published. */
export const QualityEvent = Type.Object({
  minute: TimeMs('Its beginning'),
  revision: Type.Integer({
    minimum: 1,
    description:
      'Counts that come late are published again, as a whole, with a higher number: of a cell’s minute the highest holds. Numbers are left out',
  }),
  ...cellFields,
  ...qualityCounts,
  ...qualityShares,
  ...qualityTimes,
  ...qualityJudgement,
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
