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
 * The data of an event as read from Kafka. What a newer version of the same major may write is accepted: unknown fields stay,
 * and an optional field with a word that this version does not know (such as a new class of errors) counts as left out.
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
  if (!checker.Check(data)) data = withoutNewWords(topic, data);
  if (!checker.Check(data)) {
    const [first] = checker.Errors(data);
    throw unparsable(first ? `${first.instancePath || '/'} ${first.message}` : 'another shape');
  }
  return data as EventData<T>;
}

function withoutNewWords(topic: EventTopic, data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  const { properties, required } = EVENTS[topic].schema;
  return Object.fromEntries(
    Object.entries(data).filter(([name, value]) => {
      const { enum: words } = (properties as Record<string, { enum?: unknown[] }>)[name] ?? {};
      const isNew = typeof value === 'string' && words !== undefined && !words.includes(value);
      return !isNew || (required as readonly string[]).includes(name);
    }),
  );
}

function unparsable(reason: string): BaseError {
  return new BaseError('OTP_BUS_UNPARSABLE', reason, { retry: false });
}
