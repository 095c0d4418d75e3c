import { Type } from 'typebox';
import { Channel } from './words.ts';

/** Times in events are integers: milliseconds since 1970-01-01T00:00:00Z, by the clock of Redis unless said otherwise. */
export const TimeMs = (description: string) => Type.Integer({ minimum: 0, description });

/** Where an attempt went: the unit that is scored. */
export const cellFields = {
  provider: Type.String(),
  channel: Channel,
  country: Type.String({ description: 'ISO 3166-1 alpha-2; empty for e-mail' }),
  operator: Type.String({
    description: 'MCC-MNC of the network that the number was given to; empty where it is not known',
  }),
};

/** Of an attempt: by the configuration, of an accepted one; of a receipt: as the provider says. */
export const Price = Type.Object({
  amount: Type.String({ description: 'Decimal number' }),
  currency: Type.String({ description: 'ISO 4217' }),
});
