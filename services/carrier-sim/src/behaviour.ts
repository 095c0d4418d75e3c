import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { normaliseAddress } from './address.ts';
import { describeErrors, type FieldError } from './field-errors.ts';
import { mergePatch } from './merge-patch.ts';

/**
 * What can go wrong with a submission:
 * - `http_500`: an error answer (SMTP: 451 after DATA); nothing is sent.
 * - `hang`: no answer ever; nothing is sent.
 * - `html_200`: 200 with a proxy's HTML page; nothing is sent. Not for SMTP.
 * - `throttle`: 429 with Retry-After (SMTP: 450 at RCPT).
 * - `black_hole`: accepted, and then nothing: no message, no receipt.
 * - `invalid_number`: Messages 422 #1170, a call's `rejected/invalid_number`, SMTP 550 5.1.1 at RCPT.
 * - `blocked`: accepted, then the carrier refuses: `rejected` #1280, a call's `rejected/restricted`; SMTP 550 5.7.1.
 * - `reset`: the connection is cut after the request was read; whether it goes out is `reset_sends`.
 * - `accept_then_hang`: it goes out, receipts and all, but the answer never comes.
 */
export const ERROR_MODES = [
  'http_500',
  'hang',
  'html_200',
  'throttle',
  'black_hole',
  'invalid_number',
  'blocked',
  'reset',
  'accept_then_hang',
] as const;
export type ErrorMode = (typeof ERROR_MODES)[number];

/** How receipts are told. `early`: before the answer to the submission. `fake`: what never arrived is claimed delivered. */
export const RECEIPT_MODES = ['normal', 'none', 'late', 'duplicate', 'out_of_order', 'early', 'fake'] as const;
export type ReceiptMode = (typeof RECEIPT_MODES)[number];

const closed = { additionalProperties: false };
const Probability = Type.Number({ minimum: 0, maximum: 1 });
/** An hour: longer than any one-time password lives. */
const Milliseconds = Type.Number({ minimum: 0, maximum: 3_600_000 });

const Delivery = Type.Object(
  {
    probability: Probability,
    by_prefix: Type.Record(Type.String({ pattern: '^[+]?[1-9][0-9]{0,9}$' }), Probability, {
      ...closed,
      description: 'By the first digits of the number, longest match first; e.g. {"+91": 0.4}.',
    }),
    failure: Type.Object(
      {
        status: Type.Enum(['undeliverable', 'rejected']),
        code: Type.Integer({ minimum: 1000, maximum: 1999, description: 'Of the vendor’s list of message errors.' }),
      },
      closed,
    ),
  },
  closed,
);

const Latency = Type.Object(
  {
    kind: Type.Enum(['lognormal', 'fixed']),
    median_ms: Milliseconds,
    spread: Type.Number({
      minimum: 0,
      maximum: 3,
      description: 'lognormal: sigma of the logarithm. fixed: evenly within ± this share of the median.',
    }),
  },
  closed,
);

const Receipts = Type.Object(
  {
    mode: Type.Enum([...RECEIPT_MODES]),
    probability: Type.Number({ minimum: 0, maximum: 1, description: 'Share told this way; the others are normal.' }),
    delay_ms: Type.Number({ minimum: 0, maximum: 3_600_000, description: 'How late, or how far apart.' }),
  },
  closed,
);

const Voice = Type.Object(
  {
    answer: Type.Number({ minimum: 0, maximum: 1, description: 'Of the calls that meet none of the fates below.' }),
    busy: Probability,
    unanswered: Probability,
    machine: Probability,
    rejected: Probability,
    failed: Probability,
    hang_up_after_s: Type.Number({ minimum: 0, maximum: 7200, description: '0: the person listens to the end.' }),
    time_scale: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'Real seconds per second of ringing and talking, so that tests need not listen.',
    }),
  },
  closed,
);

/** How a virtual provider behaves. One shape for the configuration and the control API. */
const BehaviourSchema = Type.Object(
  {
    delivery: Delivery,
    latency: Latency,
    submit_latency_ms: Milliseconds,
    receipts: Receipts,
    errors: Type.Object(
      {
        http_500: Probability,
        hang: Probability,
        html_200: Probability,
        throttle: Probability,
        black_hole: Probability,
        invalid_number: Probability,
        blocked: Probability,
        reset: Probability,
        accept_then_hang: Probability,
      },
      closed,
    ),
    by_recipient: Type.Record(Type.String({ minLength: 3, maxLength: 254 }), Type.Enum([...ERROR_MODES]), {
      maxProperties: 1000,
      description: 'An error mode for one exact number or address, whatever the probabilities say.',
    }),
    reset_sends: Probability,
    throttle_retry_after_s: Type.Integer({ minimum: 1, maximum: 3600 }),
    voice: Voice,
    price_eur: Type.Number({ minimum: 0, maximum: 100 }),
  },
  closed,
);
export type Behaviour = Static<typeof BehaviourSchema>;

type DeepPartial<T> = T extends object ? { [K in keyof T]?: DeepPartial<T[K]> | null } : T;
/** A part of a behaviour; null gives a field its default back (RFC 7396). */
export type BehaviourPatch = DeepPartial<Behaviour>;

/** A good provider: everything arrives, about a second later, and its receipts say so. */
export const DEFAULT_BEHAVIOUR: Behaviour = {
  delivery: { probability: 1, by_prefix: {}, failure: { status: 'undeliverable', code: 1180 } },
  latency: { kind: 'lognormal', median_ms: 800, spread: 0.4 },
  submit_latency_ms: 20,
  receipts: { mode: 'normal', probability: 1, delay_ms: 2000 },
  errors: {
    http_500: 0,
    hang: 0,
    html_200: 0,
    throttle: 0,
    black_hole: 0,
    invalid_number: 0,
    blocked: 0,
    reset: 0,
    accept_then_hang: 0,
  },
  by_recipient: {},
  reset_sends: 0.5,
  throttle_retry_after_s: 1,
  voice: {
    answer: 1,
    busy: 0,
    unanswered: 0,
    machine: 0,
    rejected: 0,
    failed: 0,
    hang_up_after_s: 0,
    time_scale: 0.1,
  },
  price_eur: 0.0333,
};

const compiled = Compile(BehaviourSchema);

export type ParsedBehaviour = { outcome: 'valid'; behaviour: Behaviour } | { outcome: 'invalid'; errors: FieldError[] };

/** The behaviour that `patch` makes of `base`. Sums are checked here, where a schema cannot. */
export function parseBehaviour(patch: unknown, protocol: 'vonage' | 'smtp', base?: Behaviour): ParsedBehaviour {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
    return { outcome: 'invalid', errors: [{ path: '', message: 'must be an object' }] };
  }
  const merged = mergePatch(DEFAULT_BEHAVIOUR, mergePatch(base ?? {}, patch));
  if (!compiled.Check(merged)) return { outcome: 'invalid', errors: describeErrors(compiled.Errors(merged)) };
  const errors = crossFieldErrors(merged, protocol);
  if (errors.length > 0) return { outcome: 'invalid', errors };
  const byRecipient = Object.entries(merged.by_recipient).map(([to, mode]) => [normaliseAddress(to), mode] as const);
  return { outcome: 'valid', behaviour: { ...merged, by_recipient: Object.fromEntries(byRecipient) } };
}

function crossFieldErrors(behaviour: Behaviour, protocol: 'vonage' | 'smtp'): FieldError[] {
  const errors: FieldError[] = [];
  const { busy, unanswered, machine, rejected, failed } = behaviour.voice;
  // Sums of decimals such as 0.1 + 0.2 are off by some 1e-17.
  const tooMuch = 1 + 1e-9;
  if (total(Object.values(behaviour.errors)) > tooMuch) {
    errors.push({ path: '/errors', message: 'the probabilities must not add up to more than 1' });
  }
  if (total([busy, unanswered, machine, rejected, failed]) > tooMuch) {
    errors.push({
      path: '/voice',
      message: 'busy, unanswered, machine, rejected and failed must not add up to more than 1',
    });
  }
  if (protocol === 'smtp') {
    if (behaviour.errors.html_200 > 0) errors.push({ path: '/errors/html_200', message: 'has no meaning for SMTP' });
    for (const [address, mode] of Object.entries(behaviour.by_recipient)) {
      if (mode === 'html_200')
        errors.push({ path: `/by_recipient/${address}`, message: 'html_200 has no meaning for SMTP' });
    }
  }
  return errors;
}

function total(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
