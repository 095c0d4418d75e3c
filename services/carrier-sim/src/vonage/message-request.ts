import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describeErrors } from '../field-errors.ts';
import { PROBLEMS, toInvalidParameters, type VonageProblem } from './problem.ts';

/**
 * A request to send an SMS, as the Messages API v1 takes it. https://developer.vonage.com/en/api/messages
 * Unknown properties are let through, as there.
 */
const SmsRequest = Type.Object({
  channel: Type.Literal('sms'),
  message_type: Type.Literal('text'),
  to: Type.String(),
  from: Type.String({ minLength: 1, maxLength: 15 }),
  text: Type.String({ minLength: 1, maxLength: 1000 }),
  client_ref: Type.Optional(Type.String({ maxLength: 100 })),
  webhook_url: Type.Optional(Type.String({ pattern: '^https?://[^/]', maxLength: 2000 })),
  webhook_version: Type.Optional(Type.Enum(['v0.1', 'v1'])),
  ttl: Type.Optional(Type.Integer({ minimum: 20, maximum: 604_800, description: 'Seconds.' })),
  sms: Type.Optional(
    Type.Object({
      encoding_type: Type.Optional(Type.Enum(['text', 'unicode', 'auto'])),
      entity_id: Type.Optional(Type.String()),
      content_id: Type.Optional(Type.String()),
    }),
  ),
});
export type SmsRequest = Static<typeof SmsRequest>;

const compiled = Compile(SmsRequest);

/** Digits with the country code, no plus. */
const NUMBER = /^[1-9][0-9]{6,14}$/;
/** A name of at most eleven characters, or a number. */
const SENDER = /^(?:[A-Za-z0-9 ]{1,11}|[0-9]{3,15})$/;

const CHANNELS = ['sms', 'mms', 'rcs', 'whatsapp', 'messenger', 'viber_service'];

export type ParsedSms = { outcome: 'valid'; sms: SmsRequest } | { outcome: 'invalid'; problem: VonageProblem };

/** Judges a body as the Messages API does: one problem, that of the first thing wrong. */
export function parseSmsRequest(body: unknown): ParsedSms {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return invalid(PROBLEMS.invalidJson);
  const { channel, message_type: messageType } = body as Record<string, unknown>;
  if (typeof channel === 'string' && channel !== 'sms') return invalid(unsupportedChannel(channel));
  if (typeof messageType === 'string' && messageType !== 'text') {
    return invalid(problem('1140', 'Invalid message type', 'The message type is invalid for the given channel.'));
  }
  if (!compiled.Check(body)) {
    const faults = toInvalidParameters(describeErrors(compiled.Errors(body)));
    const [code, title] = codeOf(faults.map((fault) => fault.name));
    return invalid({
      ...problem(code, title, 'The value of one or more parameters is invalid.'),
      invalidParameters: faults,
    });
  }
  if (!NUMBER.test(body.to)) {
    const reason = 'must be digits with the country code, without a leading + or 00';
    return invalid({ ...PROBLEMS.invalidNumber, invalidParameters: [{ name: 'to', reason }] });
  }
  if (!SENDER.test(body.from)) {
    return invalid(problem('1120', 'Invalid sender', 'The `from` parameter is invalid for the given channel.'));
  }
  return { outcome: 'valid', sms: body };
}

function codeOf(names: string[]): [code: string, title: string] {
  if (names.every((name) => name === 'client_ref')) return ['1060', 'Invalid client reference'];
  if (names.every((name) => name === 'ttl')) return ['1130', 'Invalid TTL'];
  return ['1150', 'Invalid params'];
}

function unsupportedChannel(channel: string): VonageProblem {
  const detail = CHANNELS.includes(channel)
    ? 'This simulator carries the channel `sms` only.'
    : 'The specified channel is not supported.';
  return problem('1100', 'Unsupported channel', detail);
}

function problem(code: string, title: string, detail: string): VonageProblem {
  return { status: 422, type: `/messages#${code}`, title, detail };
}

function invalid(problem: VonageProblem): ParsedSms {
  return { outcome: 'invalid', problem };
}
