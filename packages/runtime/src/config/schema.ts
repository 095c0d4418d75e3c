import { CHANNELS } from '@watchword/contracts';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import {
  COUNTRY,
  NAME_EXPECTED,
  NAME_FORM,
  addresses,
  flag,
  integer,
  list,
  overridable,
  pattern,
  secret,
  text,
} from './fields.ts';
import { ATTEMPT_MAX_MS, Provider } from './schema-providers.ts';
import { RedisSection } from './schema-redis.ts';
import { RoutingSection, dataRegions } from './schema-routing.ts';
import { TracingSection } from './schema-tracing.ts';

const closed = (description: string) => ({ additionalProperties: false, description });

const Http = Type.Object(
  {
    host: text('Address to listen on.', { default: '0.0.0.0' }),
    port: integer('Port to listen on; 0 takes a free one.', 0, 65_535, { default: 8080 }),
    request_timeout_ms: integer('How long a client may take to send its request.', 1000, 120_000, { default: 10_000 }),
    drain_ms: integer(
      'At shutdown: time between “not ready” and closing the port, for load balancers to notice.',
      0,
      60_000,
      { default: 0 },
    ),
  },
  closed('The one HTTP port: API, webhooks, probes, metrics.'),
);

const Kafka = Type.Object(
  {
    brokers: addresses('Brokers to begin with: a list, or one text with commas.'),
    client_id: text('Name in the brokers’ logs.', { default: 'watchword' }),
    topic_prefix: pattern(
      'Prefix of every topic and consumer group: two deployments can share one cluster.',
      '^[A-Za-z0-9._-]{0,60}$',
      'up to 60 letters, digits, dots, hyphens and underscores',
      { default: '' },
    ),
    replication_factor: integer(
      'Copies of every topic that is created (a dead-letter topic that is made on demand has the brokers’ default). Production: 3.',
      1,
      10,
      { default: 1 },
    ),
    ssl: flag('TLS to the brokers.', { default: false }),
    sasl: Type.Optional(
      Type.Object(
        {
          mechanism: Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], { description: 'How to log in.' }),
          username: text('Login.'),
          password: secret('Password.'),
        },
        closed('Login to the brokers.'),
      ),
    ),
  },
  closed('The event bus.'),
);

const keyRing = (key: ReturnType<typeof secret>) =>
  Type.Object(
    {
      current: pattern('Id of the key that is used for what is new.', '^[a-z0-9]{1,8}$', 'a key id, like k1'),
      keys: Type.Record(Type.String(), key, {
        minProperties: 1,
        maxProperties: 8,
        keyForm: '^[a-z0-9]{1,8}$',
        keyExpected: 'key ids of up to 8 lower case letters and digits',
        description: 'Every key that still opens something, by id. Keep an old one until nothing made with it lives.',
      }),
    },
    closed('Keys of one role.'),
  );
const KeyRingSection = keyRing(secret('32 bytes as base64 or hex.', 'key32'));

const Keys = Type.Object(
  {
    seal: Type.Optional(KeyRingSection),
    lookup: Type.Optional(KeyRingSection),
    pepper: Type.Optional(KeyRingSection),
    factor: Type.Optional(KeyRingSection),
    ingress: Type.Optional(keyRing(secret('A private key (PEM): EC P-256, or RSA of 2048 to 4096 bits.', 'private'))),
  },
  closed(
    'Keys by role; a process needs only those of its services. seal: addresses at rest. lookup: finds a recipient without its address; keep the former key for 24 hours after a change, for then what was counted of a recipient goes along, and live verifications are found. pepper: tags of codes. factor: TOTP/HOTP secrets. ingress: private keys that open the addresses which platforms emit into Kafka; their public halves are at /.well-known/jwks.json.',
  ),
);

const step = (channel: string, seconds: number) =>
  integer(`How long to wait for a code sent by ${channel} before the next step.`, 15, 900, { default: seconds });

const Defaults = Type.Object(
  {
    code_length: integer('Digits of a code.', 4, 10, { default: 6 }),
    life_seconds: integer('How long a verification lives.', 30, 3600, { default: 600 }),
    checks_max: integer('Wrong codes that end a verification.', 1, 10, { default: 5 }),
    resend_cooldown_seconds: integer('Time before the next resend.', 0, 3600, { default: 30 }),
    step_seconds: Type.Object(
      { sms: step('SMS', 60), voice: step('voice', 45), email: step('e-mail', 120) },
      closed('Deadline of a step, by channel.'),
    ),
    locale: pattern('Language of the texts.', '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$', 'a language tag, like en or pt-BR', {
      default: 'en',
    }),
  },
  closed('What a verification is like unless its tenant or its request says otherwise.'),
);

const count = (description: string, fallback: number) =>
  integer(`${description} 0 = off.`, 0, 10_000_000, { default: fallback });

const Limits = Type.Object(
  {
    recipient: Type.Object(
      {
        sends_per_10_minutes: count('Sends in 10 minutes.', 5),
        sends_per_hour: count('Sends in an hour.', 10),
        sends_per_day: count('Sends in a day.', 20),
        wrong_checks_per_hour: count('Wrong codes in an hour, over all verifications of a purpose.', 10),
        wrong_checks_per_day: count('Wrong codes in a day, over all verifications of a purpose.', 20),
      },
      closed('Per tenant and recipient.'),
    ),
    wide: Type.Object(
      {
        tenant_per_minute: count('Starts of one tenant in a minute.', 6000),
        ip_prefix_per_hour: count('Starts from one end user network (/24, /48) in an hour.', 300),
        country_per_minute: count('Starts to one country in a minute.', 3000),
        number_prefix_per_10_minutes: count('Starts to one block of numbers in 10 minutes.', 200),
      },
      closed('Across recipients.'),
    ),
  },
  closed('Refusals say when to come back.'),
);

const Ingress = Type.Object(
  {
    topic: Type.Optional(
      pattern(
        'Its topic, which names the tenant: only its platform may write there. Left out: otp.ingress.v1.<id of the tenant>. kafka.topic_prefix is put before it.',
        '^[A-Za-z0-9._-]{1,180}$',
        'up to 180 letters, digits, dots, hyphens and underscores',
      ),
    ),
    clear_recipients: flag(
      'Takes addresses that are not encrypted too. Whoever may read the topic then reads them, for an hour.',
      { default: false },
    ),
    max_age_seconds: Type.Optional(
      integer(
        'How long a record may have waited in Kafka; older ones are rejected. Left out: as long as its verification would live.',
        5,
        3600,
      ),
    ),
  },
  closed('Takes requests that the platform emits into Kafka itself, see docs/ingress.md.'),
);

const Tenant = Type.Object(
  {
    id: pattern('In events, keys and metrics; never change it.', NAME_FORM, NAME_EXPECTED),
    name: text('For people.'),
    brand: text('Who the texts say the code is for.'),
    api_keys: list(
      'Keys of the API. Several at once make a change without a gap possible.',
      Type.Object(
        {
          id: pattern('Name of the key, for logs.', '^[a-z0-9][a-z0-9_-]{0,31}$', NAME_EXPECTED),
          sha256: pattern(
            'SHA-256 of the key; the key itself is never stored.',
            '^[0-9a-f]{64}$',
            'the SHA-256 of the key as 64 lower case hex digits',
          ),
          sees_all: flag(
            'Opens what is told of all tenants together: `GET /v1/quality` and `GET /v1/verifications/{id}/routing`, with the prices that you pay. For your own people; no customer’s key needs it.',
            { default: false },
          ),
        },
        closed('One key.'),
      ),
      { minItems: 1, maxItems: 20, why: 'without an API key nobody can act for this tenant' },
    ),
    countries: Type.Union(
      [Type.Literal('all'), Type.Array(COUNTRY, { minItems: 1, maxItems: 250, uniqueItems: true })],
      {
        description: 'Countries it may send to. A short list is the best protection against pumping.',
        default: 'all',
      },
    ),
    channels: list('Channels it may use.', Type.Enum([...CHANNELS]), {
      minItems: 1,
      uniqueItems: true,
      default: ['sms'],
    }),
    strict_once: Type.Union(
      [
        Type.Literal('all'),
        Type.Array(pattern('Purpose.', '^[a-z][a-z0-9_-]{0,31}$', NAME_EXPECTED), { maxItems: 50, uniqueItems: true }),
      ],
      {
        description:
          'Purposes (or all) whose approvals are answered only once Kafka has them, else 503: they hold even if Redis’ data is lost. Such checks need an Idempotency-Key.',
        default: [],
      },
    ),
    webotp_origin: Type.Optional(
      pattern(
        'Domain for the WebOTP line at the end of an SMS.',
        '^[a-z0-9-]+(\\.[a-z0-9-]+)+$',
        'a domain, like example.com',
      ),
    ),
    defaults: Type.Optional(overridable(Defaults, 'What this tenant has otherwise than `defaults`.')),
    limits: Type.Optional(overridable(Limits, 'What this tenant has otherwise than `limits`.')),
    ingress: Type.Optional(Ingress),
    providers: Type.Optional(
      list('Names of the providers it may use. Left out: all.', text('Provider.'), { minItems: 1, uniqueItems: true }),
    ),
    data_regions: Type.Optional(
      dataRegions('Only providers whose `data_region` is one of these, wherever its recipients are. Left out: any.'),
    ),
  },
  closed('An application that sends OTPs.'),
);

const Delivery = Type.Object(
  {
    concurrency: integer('Jobs at once, per worker process.', 1, 1000, { default: 50 }),
    attempt_timeout_ms: integer('How long one attempt may take, whatever the provider’s own.', 100, ATTEMPT_MAX_MS, {
      default: 5000,
    }),
    failover_budget_ms: integer('How long all attempts of one job may take together.', 100, 60_000, { default: 8000 }),
    shards: integer('Queues per channel. More than 1 only where one Redis core is not enough.', 1, 64, { default: 1 }),
  },
  closed('The workers.'),
);

const Dispatcher = Type.Object(
  {
    poll_ms: integer('How often deadlines and outboxes are looked at.', 50, 5000, { default: 250 }),
    high_water: integer(
      'Jobs on a channel’s queue above which none is added: the rest waits in the state. The queue is kept to half a second of the workers’ work anyway; this bounds what providers that throttle leave on it.',
      10,
      1_000_000,
      { default: 10_000 },
    ),
  },
  closed('What decides the next move.'),
);

const Log = Type.Object(
  {
    level: Type.Enum(['debug', 'info', 'warn', 'error'], {
      default: 'info',
      description: 'Least level that is shown.',
    }),
  },
  closed('One JSON line per event on standard output; codes and addresses masked.'),
);

/** The configuration as it stands in the file. Fields with a default count as given: the loader fills them in. */
export const ConfigSchema = Type.Object(
  {
    region: pattern('Region of this deployment: a letter in every id.', '^[a-z]$', 'one lower case letter', {
      default: 'a',
    }),
    public_url: Type.String({
      pattern: '^https?://[^\\s/?#]+[^\\s?#]*$',
      maxLength: 2000,
      expected: 'an address that begins with https:// or http://, without ? and #',
      description: 'Where providers reach /webhooks.',
    }),
    http: Http,
    redis: RedisSection,
    kafka: Kafka,
    keys: Keys,
    defaults: Defaults,
    limits: Limits,
    tenants: list('Applications that send OTPs.', Tenant, {
      minItems: 1,
      maxItems: 10_000,
      why: 'nobody could use it',
    }),
    providers: list('Accounts at vendors.', Provider, { minItems: 1, maxItems: 200, why: 'nothing could be sent' }),
    routing: RoutingSection,
    delivery: Delivery,
    dispatcher: Dispatcher,
    log: Log,
    tracing: Type.Optional(TracingSection),
  },
  closed('The whole file.'),
);

export type RawConfig = Static<typeof ConfigSchema>;
