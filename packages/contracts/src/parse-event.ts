import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { BaseError } from './errors.ts';
import { EVENTS, type EventTopic } from './events.ts';

/** The data of a topic's events. */
export type EventData<T extends EventTopic> = Static<(typeof EVENTS)[T]['schema']>;

interface Checker {
  Check(value: unknown): boolean;
  Errors(value: unknown): { instancePath: string; message: string }[];
}
const checkers = new Map<EventTopic, Checker>();

/**
 * The data of an event as read from Kafka. Unknown fields are accepted.
 *
 * @throws BaseError `OTP_BUS_UNPARSABLE`, naming the field, never its value
 */
export function parseEvent<T extends EventTopic>(topic: T, value: Uint8Array): EventData<T> {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder().decode(value));
  } catch {
    throw unparsable('not JSON');
  }
  let checker = checkers.get(topic);
  if (!checker) checkers.set(topic, (checker = Compile(EVENTS[topic].schema)));
  if (!checker.Check(data)) {
    const [first] = checker.Errors(data);
    throw unparsable(first ? `${first.instancePath || '/'} ${first.message}` : 'another shape');
  }
  return data as EventData<T>;
}

function unparsable(reason: string): BaseError {
  return new BaseError('OTP_BUS_UNPARSABLE', reason, { retry: false });
}
