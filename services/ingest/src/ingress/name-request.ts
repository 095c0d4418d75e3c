import { parseTraceparent } from '@watchword/runtime';
import { reject, type Rejected } from './verdict.ts';

/** As over HTTP; CloudEvents' source and id together may be longer. */
const KEY_CHARACTERS_MAX = 255;
/** Source and id are a URI and a text; both become part of one HMAC, never of a key. */
const CLOUD_EVENT_CHARACTERS_MAX = 1024;

/** Where a record is in Kafka; the topic is bare. */
export interface RecordPlace {
  topic: string;
  partition: number;
  offset: string;
  timestampMs: number;
}

export interface RequestName {
  outcome: 'named';
  /** What results call it by. */
  reference: string;
  /** What makes two records the same request; a call over HTTP with it is the same too. Undefined: nothing does. */
  idempotencyKey?: string;
  /** W3C trace context of the platform. */
  traceparent?: string;
}

/**
 * What a record calls its request, by its headers: `idempotency-key`, else `ce_source` and `ce_id` (CloudEvents, binary mode).
 * Without either only our own redelivery is recognised, by the record's place. Pure.
 */
export function nameRequest(headers: Readonly<Record<string, string>>, place: RecordPlace): RequestName | Rejected {
  const given = lowerCased(headers);
  const traceparent = parseTraceparent(given['traceparent']) ? { traceparent: given['traceparent']! } : {};
  const key = given['idempotency-key'];
  if (key !== undefined) {
    if (key === '' || key.length > KEY_CHARACTERS_MAX) return badKey('idempotency-key', KEY_CHARACTERS_MAX);
    return { outcome: 'named', reference: key, idempotencyKey: key, ...traceparent };
  }
  const { ce_id: id, ce_source: source } = given;
  if (id && source) {
    // a URI holds no blank, so that the two stay apart
    const joined = `${source} ${id}`;
    if (joined.length > CLOUD_EVENT_CHARACTERS_MAX) return badKey('ce_id', CLOUD_EVENT_CHARACTERS_MAX);
    return { outcome: 'named', reference: joined, idempotencyKey: joined, ...traceparent };
  }
  return { outcome: 'named', reference: `${place.topic}/${place.partition}/${place.offset}`, ...traceparent };
}

/** HTTP's are read in any case; so that the same habit works here. */
function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function badKey(header: string, max: number): Rejected {
  const message = `expected 1 to ${max} characters`;
  return reject('invalid_request', 'A header of the record is not of the right shape.', [
    { path: `headers.${header}`, message },
  ]);
}
