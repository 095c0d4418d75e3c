import { Type } from 'typebox';
import { COUNTRY, NAME_EXPECTED, NAME_FORM, flag, list, pattern } from './fields.ts';

/** Names of `data_region`: of a provider one, of who demands it any of some. */
export const dataRegions = (description: string) =>
  list(description, pattern('Region.', NAME_FORM, NAME_EXPECTED), { minItems: 1, maxItems: 50, uniqueItems: true });

/** What holds of every choice of a provider. What operators ask for at run time is no part of it, see docs/routing.md. */
export const RoutingSection = Type.Object(
  {
    registered_only: list(
      'Countries to which a text goes only by providers that name the country in `registered_in`: where carriers drop what comes from a sender that is not registered, as in India (DLT) and Singapore (SSIR).',
      COUNTRY,
      { uniqueItems: true, maxItems: 250, default: [] },
    ),
    residency: Type.Record(Type.String(), dataRegions('Regions.'), {
      maxProperties: 250,
      keyForm: '^[A-Z]{2}$',
      keyExpected: 'a country as two capital letters (ISO 3166), like DE',
      description:
        'By country of the recipient: only providers whose `data_region` is one of these. One without a region is none of them.',
      default: {},
    }),
    breakers: flag(
      'Whether a provider whose calls fail, or whose codes nobody types, is left alone for a while (docs/routing.md). Without them each send finds out for itself and fails over.',
      { default: true },
    ),
  },
  { additionalProperties: false, description: 'Who may deliver where, and when.' },
);
