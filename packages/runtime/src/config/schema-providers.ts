import { Type } from 'typebox';
import { COUNTRY, NAME_EXPECTED, NAME_FORM, decimal, integer, list, pattern, rate, secret, text } from './fields.ts';

/** What an adapter cuts every call at, whatever is asked for (`SUBMIT_MAX_MS` of packages/providers; a test compares). */
export const ATTEMPT_MAX_MS = 8_000;

/** Fields that every provider has, whatever its type. */
const common = {
  name: pattern(
    'The provider’s name, in metrics, events and webhook paths. Two accounts at one vendor are two providers.',
    NAME_FORM,
    NAME_EXPECTED,
  ),
  priority: integer('Lower is tried first while nothing better is known.', 0, 1000, { default: 100 }),
  countries: Type.Optional(
    list('Countries it may serve. Left out: all.', COUNTRY, { minItems: 1, uniqueItems: true, maxItems: 250 }),
  ),
  timeout_ms: integer('How long one call to it may take.', 100, ATTEMPT_MAX_MS, { default: 5000 }),
  max_in_flight: Type.Optional(
    integer(
      'Calls to it at once, per worker process. Left out: 40 % of the worker’s slots, so that a hanging provider cannot take the channel.',
      1,
      1000,
    ),
  ),
  max_per_second: Type.Optional(
    rate(
      'Messages a second, per worker process: its account’s rate divided by the number of processes. Up to a second’s worth may go at once. Left out: any number.',
      0.01,
      10_000,
    ),
  ),
  data_region: Type.Optional(
    pattern(
      'Where it keeps what it is given, in words of your own, like eu: see `routing.residency` and `tenants[].data_regions`.',
      NAME_FORM,
      NAME_EXPECTED,
    ),
  ),
  price: Type.Optional(
    Type.Object(
      {
        currency: pattern('Currency.', '^[A-Z]{3}$', 'a currency as three capital letters (ISO 4217), like EUR'),
        amount: decimal('What one message or call costs.'),
        countries: Type.Optional(
          Type.Record(Type.String(), decimal('Amount.'), {
            maxProperties: 250,
            keyForm: '^[A-Z]{2}$',
            keyExpected: 'a country as two capital letters (ISO 3166), like DE',
            description: 'What it costs in countries where it is another amount.',
          }),
        ),
      },
      {
        additionalProperties: false,
        description: 'What it charges for an accepted message: goes with every attempt event and is summed in metrics.',
      },
    ),
  ),
};

const vonageAccount = {
  api_host: Type.Optional(
    pattern(
      'Where its API is; left out: Vonage’s own. A carrier simulator goes here, with its path.',
      '^https?://[^\\s]+$',
      'an address that begins with http:// or https://',
    ),
  ),
  api_key: text('The account’s API key.'),
  api_secret: secret('The account’s API secret.'),
  application_id: text('The application whose webhooks point to us.'),
  private_key: secret('The application’s private key (PEM).', 'pem'),
  signature_secret: secret('The secret that signs the account’s webhooks.'),
};

const SENDER_FORM = '^(\\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11})$';
const SENDER_EXPECTED = 'a number in international form, a short code, or up to 11 letters and digits';

const VonageMessagesProvider = Type.Object(
  {
    type: Type.Literal('vonage-messages', { description: 'Kind of provider.' }),
    ...common,
    ...vonageAccount,
    from: pattern('Sender of the texts.', SENDER_FORM, SENDER_EXPECTED),
    registered_in: list(
      'Countries where `from` is registered with all that this takes there: in India header, template and the chain to this account on DLT. Another sender for a country is another provider. See `routing.registered_only`.',
      COUNTRY,
      { uniqueItems: true, maxItems: 250, default: [] },
    ),
  },
  { additionalProperties: false, description: 'SMS by Vonage’s Messages API.' },
);

const VonageVoiceProvider = Type.Object(
  {
    type: Type.Literal('vonage-voice', { description: 'Kind of provider.' }),
    ...common,
    ...vonageAccount,
    from: pattern('Number that calls.', '^\\+?[0-9]{3,15}$', 'a number in international form'),
  },
  { additionalProperties: false, description: 'Voice calls by Vonage’s Voice API.' },
);

const SmtpProvider = Type.Object(
  {
    type: Type.Literal('smtp', { description: 'Kind of provider.' }),
    ...common,
    host: text('The mail server.'),
    port: integer('Its port.', 1, 65_535, { default: 587 }),
    tls: Type.Enum(['implicit', 'starttls', 'none'], {
      default: 'starttls',
      description:
        'implicit: TLS from the first byte (port 465). starttls: demanded. none: only for a server on this machine.',
    }),
    username: Type.Optional(text('Login, with `password`.')),
    password: Type.Optional(secret('Password of the login.')),
    from: pattern(
      'Sender of the mails.',
      '^([^<>@]+ <[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$',
      'a mail address, alone or as Name <address>',
    ),
  },
  { additionalProperties: false, description: 'E-mail by SMTP.' },
);

export const Provider = Type.Union([VonageMessagesProvider, VonageVoiceProvider, SmtpProvider], {
  discriminator: 'type',
  description: 'One account at one vendor.',
});
