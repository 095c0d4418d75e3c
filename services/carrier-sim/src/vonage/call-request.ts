import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describeErrors } from '../field-errors.ts';
import { toInvalidParameters, type VonageProblem } from './problem.ts';

/** Digits with the country code, no plus. */
const Number = Type.String({ pattern: '^[1-9][0-9]{6,14}$' });
const Phone = Type.Object({ type: Type.Literal('phone'), number: Number });
const WebhookUrls = Type.Array(Type.String({ pattern: '^https?://[^/]', maxLength: 2000 }), {
  minItems: 1,
  maxItems: 1,
});

/** The actions of an NCCO; only `talk` can be heard here. https://developer.vonage.com/en/voice/voice-api/ncco-reference */
const ACTIONS = ['talk', 'stream', 'input', 'record', 'notify', 'connect', 'conversation', 'wait'];
const Action = Type.Object({
  action: Type.Enum(ACTIONS),
  text: Type.Optional(Type.String({ minLength: 1, maxLength: 1500 })),
  language: Type.Optional(Type.String({ pattern: '^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$' })),
  style: Type.Optional(Type.Integer({ minimum: 0 })),
  premium: Type.Optional(Type.Boolean()),
  bargeIn: Type.Optional(Type.Boolean()),
  loop: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  level: Type.Optional(Type.Union([Type.Number({ minimum: -1, maximum: 1 }), Type.String()])),
});

/** A request for an outbound call, as the Voice API v1 takes it. https://developer.vonage.com/en/api/voice */
const CallRequest = Type.Object({
  to: Type.Array(Phone, { minItems: 1, maxItems: 1 }),
  from: Type.Optional(Phone),
  random_from_number: Type.Optional(Type.Boolean()),
  ncco: Type.Array(Action, { minItems: 1, maxItems: 50 }),
  event_url: Type.Optional(WebhookUrls),
  event_method: Type.Optional(Type.Enum(['POST', 'GET'])),
  machine_detection: Type.Optional(Type.Enum(['continue', 'hangup'])),
  advanced_machine_detection: Type.Optional(
    Type.Object({ behavior: Type.Optional(Type.Enum(['continue', 'hangup'])) }),
  ),
  ringing_timer: Type.Optional(Type.Integer({ minimum: 1, maximum: 120 })),
  length_timer: Type.Optional(Type.Integer({ minimum: 1, maximum: 7200 })),
});
export type CallRequest = Static<typeof CallRequest>;

const compiled = Compile(CallRequest);

export type ParsedCall = { outcome: 'valid'; call: CallRequest } | { outcome: 'invalid'; problem: VonageProblem };

export function parseCallRequest(body: unknown): ParsedCall {
  if (body !== null && typeof body === 'object' && 'answer_url' in body && !('ncco' in body)) {
    return invalid([{ name: 'answer_url', reason: 'is not fetched by this simulator; send an inline `ncco`' }]);
  }
  if (!compiled.Check(body)) return invalid(toInvalidParameters(describeErrors(compiled.Errors(body))));
  if ((body.from === undefined) === (body.random_from_number !== true)) {
    return invalid([{ name: 'from', reason: 'either `from` or `random_from_number: true` is required' }]);
  }
  const mute = body.ncco.findIndex((action) => action.action === 'talk' && action.text === undefined);
  if (mute >= 0) return invalid([{ name: `ncco.${mute}.text`, reason: 'is required' }]);
  return { outcome: 'valid', call: body };
}

function invalid(invalidParameters: { name: string; reason: string }[]): ParsedCall {
  return {
    outcome: 'invalid',
    problem: {
      status: 400,
      type: '#invalid-params',
      title: 'Your request parameters did not validate.',
      detail: 'The value of one or more parameters is invalid.',
      invalidParameters,
    },
  };
}
