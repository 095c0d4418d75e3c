import { Type, type Static, type TObject, type TSchema } from 'typebox';
import { CONTROL_EVENT } from './control.ts';
import { cellFields, Price, TimeMs } from './event-fields.ts';
import { QualityEvent, QualityKey } from './quality-event.ts';
import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  CONTROL_TOPIC,
  INGRESS_RESULT_TOPIC,
  OUTCOME_TOPIC,
  QUALITY_TOPIC,
  RECEIPT_TOPIC,
  REQUEST_TOPIC,
} from './topics.ts';
import { Channel, ErrorClass, OUTCOMES, Outcome, RECEIPT_STATUSES, ReceiptStatus } from './words.ts';

const VerificationId = Type.String({ pattern: '^vf_1[a-z][0-9a-f]{2}[a-z2-7]{26}$' });
const AttemptId = Type.String({ description: '`<verification id>.<k>`' });

/** One person's address at one step. Sealed with AAD `<verification id>|<index>`. */
const SealedRecipient = Type.Object({
  sealed: Type.String({ description: 'AES-256-GCM: `<key id>.<base64url(nonce, ciphertext, tag)>`' }),
  country: cellFields.country,
  operator: cellFields.operator,
  limit_bucket: Type.Integer({ minimum: 0, maximum: 255, description: 'The bucket that keeps its send limits' }),
  limit_key: Type.String({ description: 'HMAC of tenant and address: names its send limits' }),
});
type SealedRecipient = Static<typeof SealedRecipient>;

export const WorkflowStep = Type.Object({
  channel: Channel,
  recipient: Type.Integer({ minimum: 0, maximum: 5, description: 'Index into `recipients`' }),
  timeout_ms: Type.Integer({ minimum: 15_000, maximum: 900_000 }),
});
export type WorkflowStep = Static<typeof WorkflowStep>;

/** `otp.request.v1`: a verification as admitted. The whole state can be created from it. */
export const RequestEvent = Type.Object({
  verification_id: VerificationId,
  version: Type.Integer({ minimum: 1 }),
  tenant: Type.String(),
  purpose: Type.String(),
  created_at: TimeMs('When it was admitted'),
  expires_at: TimeMs('The end of its life'),
  lookup: Type.String({ description: '`<lookup key id>.<HMAC of tenant, purpose and first address>`' }),
  workflow: Type.Array(WorkflowStep, { minItems: 1, maxItems: 6 }),
  recipients: Type.Array(SealedRecipient, { minItems: 1, maxItems: 6 }),
  code_length: Type.Integer({ minimum: 4, maximum: 10 }),
  checks_max: Type.Integer({ minimum: 1, maximum: 10 }),
  cooldown_ms: Type.Integer({ minimum: 0, description: 'Least time between two sends that somebody asks for' }),
  locale: Type.String(),
  webotp: Type.Boolean({ description: 'Whether an SMS ends with the origin-bound line' }),
  client_reference: Type.Optional(Type.String({ maxLength: 128 })),
  traceparent: Type.Optional(Type.String()),
});
export type RequestEvent = Static<typeof RequestEvent>;

/** Why a provider was chosen: what a router wrote down. */
const RouteDecision = Type.Object({
  rule: Type.String({ description: 'What made the choice' }),
  candidates: Type.Array(
    Type.Object({
      provider: Type.String(),
      eligible: Type.Boolean(),
      reason: Type.Optional(Type.String({ description: 'Why it was not eligible' })),
      score: Type.Optional(Type.Number({ description: 'What was compared; absent where nothing is known' })),
      mean: Type.Optional(Type.Number({ description: 'Expected share of sends that convert, 0 to 1' })),
      n: Type.Optional(Type.Integer({ minimum: 0, description: 'How many sends the score rests on' })),
      price: Type.Optional(Type.Number({ description: 'Of one message, in one currency for all candidates' })),
    }),
    { description: 'In the order of preference' },
  ),
  propensity: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'The probability with which the chosen provider was to be chosen',
    }),
  ),
  scored_at: Type.Optional(TimeMs('The moment whose scores were used')),
});

/** `otp.attempt.v1`: one submission to one provider, as it settled. */
export const AttemptEvent = Type.Object({
  verification_id: VerificationId,
  version: Type.Integer(),
  attempt_id: AttemptId,
  tenant: Type.String(),
  purpose: Type.String(),
  ...cellFields,
  step: Type.Integer(),
  send: Type.Integer(),
  generation: Type.Integer(),
  tag: Type.String({ description: '`<pepper id>.<HMAC of the code>`' }),
  state: Type.Enum(['accepted', 'rejected', 'unknown']),
  error: Type.Optional(ErrorClass),
  provider_code: Type.Optional(Type.String()),
  provider_message_id: Type.Optional(Type.String()),
  claimed_at: TimeMs('When the attempt was claimed, right before the call'),
  settled_at: TimeMs('When its result was written'),
  taken_over: Type.Boolean({ description: 'The worker vanished and the dispatcher settled it: a possible duplicate' }),
  revised: Type.Boolean({ description: 'A later word on an attempt that was taken over before' }),
  send_state: Type.Optional(
    Type.Enum(['open', 'accepted', 'failed', 'unknown'], {
      description: 'What became of its send: open while another attempt may follow, else how it was closed',
    }),
  ),
  withdrawn: Type.Optional(
    Type.Boolean({
      description: 'True where it settled when its verification had been canceled: nobody waited any more',
    }),
  ),
  price: Type.Optional(Price),
  decision: Type.Optional(RouteDecision),
});
export type AttemptEvent = Static<typeof AttemptEvent>;

/** `otp.receipt.v1`: a provider's word on an attempt. The cell is absent once the tombstone is gone (join by attempt). */
export const ReceiptEvent = Type.Object({
  verification_id: VerificationId,
  attempt_id: AttemptId,
  ...cellFields,
  country: Type.Optional(cellFields.country),
  operator: Type.Optional(cellFields.operator),
  generation: Type.Optional(Type.Integer()),
  submitted_at: Type.Optional(TimeMs('When the attempt was claimed')),
  status: ReceiptStatus,
  previous: Type.Optional(
    Type.Enum([...RECEIPT_STATUSES], { description: 'What was known of the attempt before, if anything' }),
  ),
  converted: Type.Optional(
    Type.Boolean({ description: 'True where this attempt’s code had been typed and approved before the receipt came' }),
  ),
  withdrawn: Type.Optional(
    Type.Boolean({ description: 'True where the verification had been canceled before the receipt came' }),
  ),
  error: Type.Optional(ErrorClass),
  permanent: Type.Optional(Type.Boolean()),
  raw_status: Type.String(),
  raw_code: Type.Optional(Type.String()),
  provider_message_id: Type.Optional(Type.String()),
  network_code: Type.Optional(Type.String({ description: 'As the provider writes it' })),
  actual_operator: Type.Optional(
    Type.String({
      description:
        'MCC-MNC of the network that the number is in by the provider’s `network_code`; `operator` is only what the number told',
    }),
  ),
  price: Type.Optional(Price),
  occurred_at: Type.Optional(TimeMs('By the provider’s clock')),
  received_at: TimeMs('By the clock of the receipts service'),
});
export type ReceiptEvent = Static<typeof ReceiptEvent>;

/** `otp.check.v1`: a judged check; never the code. */
export const CheckEvent = Type.Object({
  verification_id: VerificationId,
  version: Type.Integer(),
  tenant: Type.String(),
  purpose: Type.String(),
  valid: Type.Boolean(),
  generation: Type.Optional(Type.Integer({ description: 'The generation that was typed, when it was right' })),
  checks_used: Type.Integer(),
  checks_max: Type.Integer(),
  checked_at: TimeMs('When it was judged'),
});
export type CheckEvent = Static<typeof CheckEvent>;

/** `otp.outcome.v1`: how a verification ended, and for an approval which attempt's code was typed. */
export const OutcomeEvent = Type.Object({
  verification_id: VerificationId,
  version: Type.Integer(),
  tenant: Type.String(),
  purpose: Type.String(),
  outcome: Outcome,
  created_at: TimeMs('When it was admitted'),
  ended_at: TimeMs('When it ended'),
  checks_used: Type.Integer(),
  attempts: Type.Integer({ description: 'How many attempts it took' }),
  generation: Type.Optional(Type.Integer()),
  approved_by: Type.Optional(
    Type.String({
      description: 'HMAC of the Idempotency-Key of the check that was right: the same key is answered the same',
    }),
  ),
  attempt_id: Type.Optional(AttemptId),
  provider: Type.Optional(cellFields.provider),
  channel: Type.Optional(Channel),
  country: Type.Optional(cellFields.country),
  operator: Type.Optional(cellFields.operator),
  submitted_at: Type.Optional(TimeMs('When the attempt that converted was claimed')),
  receipt: Type.Optional(
    Type.Enum([...RECEIPT_STATUSES], {
      description: 'What the provider had said by then of the attempt that converted',
    }),
  ),
  withdrawn: Type.Optional(
    Type.Array(
      Type.Object({
        ...cellFields,
        submitted_at: TimeMs('When the attempt was claimed'),
        receipt: Type.Optional(ReceiptStatus),
      }),
      {
        description:
          'Of a canceled verification: its attempts that had gone out. Nobody waited for their codes any more, so they say nothing of the providers',
      },
    ),
  ),
});
export type OutcomeEvent = Static<typeof OutcomeEvent>;

/** `otp.ingress-result.v1`: what became of a record that a platform emitted. Key: `<tenant>|<reference>`. */
export const IngressResultEvent = Type.Object({
  tenant: Type.String(),
  reference: Type.String({
    description:
      'The record’s `idempotency-key` (of CloudEvents: source and id); without one `<topic>/<partition>/<offset>`',
  }),
  record: Type.Object(
    { topic: Type.String(), partition: Type.Integer(), offset: Type.String(), timestamp: TimeMs('As Kafka has it') },
    { description: 'Where it is in Kafka; the topic without the deployment’s prefix' },
  ),
  client_reference: Type.Optional(Type.String({ maxLength: 128 })),
  outcome: Type.Enum(['accepted', 'rejected']),
  verification_id: Type.Optional(VerificationId),
  status: Type.Optional(Type.Enum(['pending', ...OUTCOMES])),
  channel: Type.Optional(Channel),
  sent: Type.Optional(
    Type.Boolean({ description: 'False where it joined a live verification whose message has only just gone out' }),
  ),
  expires_at: Type.Optional(TimeMs('The end of its life')),
  next_resend_at: Type.Optional(TimeMs('From when on a resend is allowed')),
  code: Type.Optional(
    Type.String({ description: 'Why it was rejected; stable, for programs: as in the API’s problems' }),
  ),
  detail: Type.Optional(Type.String({ description: 'The same for people' })),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  retry_after_ms: Type.Optional(Type.Integer({ minimum: 0, description: 'When a new record may be accepted' })),
});
export type IngressResultEvent = Static<typeof IngressResultEvent>;

/** What a topic's events are. */
export interface EventSpec {
  /** CloudEvents' `type`; the major version is in topic and type. */
  type: string;
  schema: TObject;
  /** For readers of the topics. */
  summary: string;
  key: TSchema;
}

const IngressResultKey = Type.String({ description: '`<tenant>|<reference>`' });

export const EVENTS = {
  [REQUEST_TOPIC]: {
    type: 'dev.watchword.otp.requested.v1',
    schema: RequestEvent,
    summary: 'A verification was admitted; the whole state can be created from it',
    key: VerificationId,
  },
  [ATTEMPT_TOPIC]: {
    type: 'dev.watchword.otp.attempted.v1',
    schema: AttemptEvent,
    summary: 'A submission to a provider, as it settled',
    key: VerificationId,
  },
  [RECEIPT_TOPIC]: {
    type: 'dev.watchword.otp.receipt.v1',
    schema: ReceiptEvent,
    summary: 'A provider’s word on an attempt; where the attempt was to is absent once its verification is forgotten',
    key: VerificationId,
  },
  [CHECK_TOPIC]: {
    type: 'dev.watchword.otp.checked.v1',
    schema: CheckEvent,
    summary: 'A code that was typed was judged; never the code',
    key: VerificationId,
  },
  [OUTCOME_TOPIC]: {
    type: 'dev.watchword.otp.ended.v1',
    schema: OutcomeEvent,
    summary: 'A verification ended, and for an approval which attempt’s code was typed',
    key: VerificationId,
  },
  [INGRESS_RESULT_TOPIC]: {
    type: 'dev.watchword.otp.ingress-result.v1',
    schema: IngressResultEvent,
    summary: 'What became of a record that a platform emitted',
    key: IngressResultKey,
  },
  [CONTROL_TOPIC]: CONTROL_EVENT,
  [QUALITY_TOPIC]: {
    type: 'dev.watchword.otp.quality.v1',
    schema: QualityEvent,
    summary: 'What was seen of a cell in one minute; of its revisions the highest holds',
    key: QualityKey,
  },
} as const satisfies Record<string, EventSpec>;
export type EventTopic = keyof typeof EVENTS;
