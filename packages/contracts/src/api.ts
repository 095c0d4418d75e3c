import { Type, type Static, type TSchema } from 'typebox';
import { ATTEMPT_STATES, CHANNELS, Channel, ErrorClass, OUTCOMES, ReceiptStatus } from './words.ts';

const Time = (description: string) => Type.String({ format: 'date-time', description });
const NullableTime = (description: string) => Type.Union([Time(description), Type.Null()]);
const closed = { additionalProperties: false } as const;

export const VerificationIdParam = Type.Object({
  id: Type.String({ maxLength: 64, description: 'The id that the start answered' }),
});

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description:
        'The same key with the same body within 24 h gets the same answer, with `Idempotency-Replayed: true`.',
    }),
  ),
});

const Address = Type.String({
  minLength: 3,
  maxLength: 320,
  description: 'A phone number with its country code (E.164 is best), or an e-mail address.',
  examples: ['+4915112345678', 'person@example.com'],
});
/** An address of 320 characters for RSA of 4096 bits takes 1,300; a header may carry more than it must. */
export const SEALED_ADDRESS_MAX = 4096;
export const EMITTED_EXAMPLE = {
  to: 'eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJraWQiOiJlMSJ9.a2V5.aXY.YWRkcmVzcw.dGFn',
};

const Code = Type.String({
  minLength: 1,
  maxLength: 32,
  description: 'What the person typed; spaces and dashes are ignored.',
});
/** What a code is for, where nobody says. */
export const PURPOSE_DEFAULT = 'login';

const Purpose = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,31}$',
  default: PURPOSE_DEFAULT,
  description: 'What the code is for. One person can have one live verification for each purpose.',
});

const createStep = <To extends TSchema>(to: To) =>
  Type.Object(
    {
      channel: Channel,
      to: Type.Optional(to),
      timeout_seconds: Type.Optional(
        Type.Integer({
          minimum: 15,
          maximum: 900,
          description: 'How long this step may take before the next one starts.',
        }),
      ),
    },
    closed,
  );

const createStartRequest = <To extends TSchema>(to: To, example: { to: string }) =>
  Type.Object(
    {
      to: Type.Optional(to),
      channel: Type.Optional(Channel),
      workflow: Type.Optional(
        Type.Array(Type.Union([Type.Enum([...CHANNELS]), createStep(to)]), {
          minItems: 1,
          maxItems: 6,
          description:
            'Steps in order. A step without `to` goes to the request’s `to`. A plain channel name is a step.',
          examples: [
            ['sms', 'voice'],
            [{ channel: 'sms', timeout_seconds: 30 }, 'email'],
          ],
        }),
      ),
      purpose: Type.Optional(Purpose),
      locale: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
          maxLength: 35,
          description: 'BCP 47; default by tenant.',
        }),
      ),
      code_length: Type.Optional(Type.Integer({ minimum: 4, maximum: 10 })),
      life_seconds: Type.Optional(
        Type.Integer({ minimum: 30, maximum: 3600, description: 'How long codes stay valid.' }),
      ),
      checks_max: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10, description: 'Wrong and right checks together.' }),
      ),
      webotp: Type.Optional(
        Type.Boolean({ description: 'Ends an SMS with the origin-bound line of the tenant’s origin.' }),
      ),
      client_reference: Type.Optional(
        Type.String({
          maxLength: 128,
          pattern: '^[\\x20-\\x7e]*$',
          description: 'Yours; comes back in answers and events. No personal data.',
        }),
      ),
      client_ip: Type.Optional(
        Type.String({ maxLength: 45, description: 'The person’s IP address, for limits. Not kept.' }),
      ),
    },
    { ...closed, examples: [{ ...example, workflow: ['sms', 'voice'], purpose: 'login' }] },
  );

/** `POST /v1/verifications`. Either `channel` (one step) or `workflow` (up to six, tried in order). */
export const StartRequest = createStartRequest(Address, { to: '+4915112345678' });
export type StartRequest = Static<typeof StartRequest>;

/** The same as a platform emits it into Kafka: every address encrypted by itself. */
export const EmittedStartRequest = createStartRequest(
  Type.String({
    minLength: 3,
    maxLength: SEALED_ADDRESS_MAX,
    description:
      'A compact JWE (RFC 7516) of the address, to a key of `/.well-known/jwks.json`; in clear only where the tenant’s configuration allows it.',
    examples: [EMITTED_EXAMPLE.to],
  }),
  EMITTED_EXAMPLE,
);

const status = Type.Enum(['pending', ...OUTCOMES]);

/** One submission to one provider, as the tenant sees it. */
export const AttemptView = Type.Object({
  id: Type.String(),
  channel: Channel,
  provider: Type.String(),
  step: Type.Integer(),
  send: Type.Integer(),
  generation: Type.Integer(),
  state: Type.Enum([...ATTEMPT_STATES]),
  error: Type.Optional(ErrorClass),
  receipt: Type.Optional(ReceiptStatus),
  receipt_error: Type.Optional(ErrorClass),
  started_at: Time('When it was handed to the provider'),
  settled_at: Type.Optional(Time('When the provider’s answer was known')),
  receipt_at: Type.Optional(Time('When the last receipt that counted arrived')),
});

const common = {
  id: Type.String(),
  status,
  purpose: Type.String(),
  channel: Channel,
  step: Type.Integer({ description: 'The step that is being tried, from 0' }),
  steps: Type.Integer(),
  created_at: Time('When it was started'),
  expires_at: Time('The end of its life'),
  next_step_at: NullableTime('When the next step starts by itself'),
  next_resend_at: NullableTime('From when on a resend is allowed'),
  checks_remaining: Type.Integer(),
  client_reference: Type.Optional(Type.String()),
};

/** Answer to start, resend and next: `sent` tells whether this call made (or will make) a message go out. */
export const SendAnswer = Type.Object({ ...common, sent: Type.Boolean() });
export type SendAnswer = Static<typeof SendAnswer>;

export const VerificationView = Type.Object({
  ...common,
  ended_at: Type.Optional(Time('When it ended')),
  attempts: Type.Array(AttemptView, { description: 'The timeline: every submission to a provider, in order.' }),
});
export type VerificationView = Static<typeof VerificationView>;

const RoutingCandidate = Type.Object({
  provider: Type.String(),
  score: Type.Optional(
    Type.Number({
      description: 'What was compared: the mean and what is not known for sure on top; absent without any',
    }),
  ),
  mean: Type.Optional(
    Type.Number({ description: 'Expected share of its codes that people type, 0 to 1; kept of the chosen one' }),
  ),
  n: Type.Optional(Type.Integer({ minimum: 0, description: 'Sends that the score rests on; kept of the chosen one' })),
  price: Type.Optional(Type.Number({ description: 'Of one message, in one currency for all candidates' })),
});

/** Why one attempt went to its provider. */
export const RoutedAttempt = Type.Object({
  n: Type.Integer({ minimum: 1, description: 'Its number: its id is `<verification id>.<n>`' }),
  send: Type.Integer({ description: 'The send that it was made for' }),
  provider: Type.String(),
  at: Time('When it was handed to the provider'),
  rule: Type.Optional(
    Type.String({ description: 'What made the choice; absent where the record does not know, see `sentence`' }),
  ),
  propensity: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The probability with which the provider was to be chosen',
    }),
  ),
  candidates: Type.Array(RoutingCandidate, {
    description: 'Who could have been chosen, the chosen one included, in the order of preference',
  }),
  excluded: Type.Array(
    Type.Object({ provider: Type.String(), reason: Type.Optional(Type.String({ description: 'Why it was out' })) }),
    { description: 'Who could not be chosen' },
  ),
  not_kept: Type.Optional(
    Type.Object(
      { candidates: Type.Integer({ minimum: 0 }), excluded: Type.Integer({ minimum: 0 }) },
      { description: 'How many more there were: the record keeps those that say most, the attempt event has them all' },
    ),
  ),
  sentence: Type.String({ description: 'The same in English, for people; its words may change' }),
});

/** `GET /v1/verifications/{id}/routing`. */
export const RoutingView = Type.Object({
  id: Type.String(),
  attempts: Type.Array(RoutedAttempt, { description: 'Every submission to a provider, in order' }),
});
export type RoutingView = Static<typeof RoutingView>;

export const CheckRequest = Type.Object({ code: Code }, closed);
export const CheckByAddressRequest = Type.Object({ to: Address, code: Code, purpose: Type.Optional(Purpose) }, closed);

export const CheckAnswer = Type.Object({
  id: Type.String(),
  status,
  valid: Type.Boolean(),
  channel: Type.Optional(Channel),
  generation: Type.Optional(Type.Integer({ description: 'Which of the codes sent was typed' })),
  checks_remaining: Type.Optional(Type.Integer()),
});
export type CheckAnswer = Static<typeof CheckAnswer>;

export const CancelAnswer = Type.Object({ id: Type.String(), status });

/** RFC 7517, as much of it as keys for encryption (RFC 7518) need. */
export const JwkSet = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Enum(['EC', 'RSA']),
      kid: Type.String(),
      use: Type.Literal('enc'),
      alg: Type.Enum(['ECDH-ES+A256KW', 'RSA-OAEP-256']),
      crv: Type.Optional(Type.Literal('P-256')),
      x: Type.Optional(Type.String()),
      y: Type.Optional(Type.String()),
      n: Type.Optional(Type.String()),
      e: Type.Optional(Type.String()),
    }),
  ),
});
export type JwkSet = Static<typeof JwkSet>;

/** RFC 9457. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.Optional(Type.String()),
    code: Type.Optional(Type.String({ description: 'Stable, for programs' })),
    request_id: Type.Optional(Type.String()),
    retry_after: Type.Optional(Type.Integer({ description: 'Seconds, as in the header' })),
    errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  },
  {
    examples: [
      {
        type: 'urn:watchword:problem:rate_limited',
        title: 'Too Many Requests',
        status: 429,
        detail: 'This recipient has had as many messages as it may.',
        code: 'rate_limited',
        request_id: '7c9a2f60-5f6e-4c0b-9f0e-2b8f2f1c7a55',
        retry_after: 240,
      },
    ],
  },
);
export type Problem = Static<typeof Problem>;
