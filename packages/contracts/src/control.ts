import { Type, type Static } from 'typebox';
import { Channel } from './words.ts';

/** A control that reaches further than a tenth of all sends is an experiment of its own: weights are for that. */
export const CONTROL_EXPLORE_MAX = 0.1;
/** A line that people read in a list. */
export const CONTROL_REASON_MAX = 200;
/** As many as a configuration may have. */
const PROVIDERS_MAX = 200;

/** The form that the configuration demands of a provider's name. */
const PROVIDER_FORM = '^[a-z][a-z0-9-]{0,31}$';

/** `otp.control.v1`: what an operator asks of routing for one tenant, country and channel, or for all of them. */
export const ControlEvent = Type.Object({
  tenant: Type.Optional(Type.String({ minLength: 1, description: 'Absent: every tenant' })),
  country: Type.Optional(
    Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2; absent: every country, and none' }),
  ),
  channel: Type.Optional(Channel),
  pin: Type.Optional(Type.String({ pattern: PROVIDER_FORM, description: 'This provider, while it is eligible' })),
  weights: Type.Optional(
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 100 }), {
      maxProperties: PROVIDERS_MAX,
      description: 'Shares in percent by provider: only these, in these proportions, while one of them is eligible',
    }),
  ),
  drained: Type.Optional(
    Type.Array(Type.String({ pattern: PROVIDER_FORM }), {
      maxItems: PROVIDERS_MAX,
      description: 'Providers that get nothing new',
    }),
  ),
  tolerance: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The share of the best score that may be given for a lower price; absent: 0, quality alone',
    }),
  ),
  price_max: Type.Optional(
    Type.Object(
      {
        amount: Type.String({ pattern: '^[0-9]{1,9}(\\.[0-9]{1,9})?$', description: 'Decimal number' }),
        currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' }),
      },
      { description: 'No message that costs more, or that is priced in another currency' },
    ),
  ),
  explore: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: CONTROL_EXPLORE_MAX,
      description: 'The share of sends that go to anybody, to learn; newcomers get twice as many. Absent: 0.01',
    }),
  ),
  set_by: Type.String({ minLength: 1, maxLength: 64, description: 'Who asked for it' }),
  set_at: Type.Integer({ minimum: 0, description: 'When, by the clock of who wrote it: milliseconds since 1970' }),
  reason: Type.Optional(Type.String({ maxLength: CONTROL_REASON_MAX, description: 'Why, for people' })),
});
export type ControlEvent = Static<typeof ControlEvent>;

/** Whom a control is for. */
export type ControlScope = Pick<ControlEvent, 'tenant' | 'country' | 'channel'>;

/** Other kinds of controls will have another word before their keys: whoever reads these passes over those. */
const KIND = 'route';
const ANY = '*';

/** The key of a scope's record: `route|<tenant>|<country>|<channel>`, with `*` for all. */
export function controlKey({ tenant, country, channel }: ControlScope): string {
  return [KIND, tenant ?? ANY, country ?? ANY, channel ?? ANY].join('|');
}

export function isControlKey(key: string): boolean {
  return key.startsWith(`${KIND}|`);
}

export const CONTROL_EXAMPLE_KEY = controlKey({ country: 'IN', channel: 'sms' });

/** Names who wrote a tombstone, which has no value to say it in. */
export const UNSET_BY_HEADER = 'x-set-by';
export const UnsetHeaders = Type.Object({
  [UNSET_BY_HEADER]: Type.String({ description: 'Who took it back' }),
});

/** What `EVENTS` holds of it. */
export const CONTROL_EVENT = {
  type: 'dev.watchword.otp.route-control.v1',
  schema: ControlEvent,
  summary: 'What an operator asks of routing; the last record of a key counts, and one without a value takes it back',
  key: Type.String({ description: '`route|<tenant or *>|<country or *>|<channel or *>`' }),
} as const;
