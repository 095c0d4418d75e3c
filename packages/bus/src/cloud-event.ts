import { BaseError } from '@watchword/contracts';
import type { EventEnvelope, IncomingEvent, IncomingRecord } from './port.ts';

/**
 * CloudEvents 1.0, Kafka protocol binding, binary mode: attributes are headers, the value is the data.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
const SPEC_VERSION = '1.0';

export function toHeaders(envelope: EventEnvelope): Record<string, string> {
  return {
    ce_specversion: SPEC_VERSION,
    ce_id: envelope.id,
    ce_type: envelope.type,
    ce_source: envelope.source,
    ce_subject: envelope.subject,
    ce_time: envelope.time,
    'content-type': 'application/json',
    ...(envelope.traceparent === undefined ? {} : { traceparent: envelope.traceparent }),
  };
}

export type ParsedEnvelope =
  | { outcome: 'parsed'; envelope: EventEnvelope }
  /** `reason` names headers, never their values. */
  | { outcome: 'malformed'; reason: string };

const REQUIRED = ['ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time'] as const;

export function parseEnvelope(headers: Readonly<Record<string, string>>): ParsedEnvelope {
  if (headers['ce_specversion'] !== SPEC_VERSION)
    return { outcome: 'malformed', reason: `header ce_specversion is not ${SPEC_VERSION}` };
  const missing = REQUIRED.filter((name) => !headers[name]);
  if (missing.length > 0) return { outcome: 'malformed', reason: `headers missing: ${missing.join(', ')}` };
  const { traceparent } = headers;
  return {
    outcome: 'parsed',
    envelope: {
      id: headers['ce_id']!,
      type: headers['ce_type']!,
      source: headers['ce_source']!,
      subject: headers['ce_subject']!,
      time: headers['ce_time']!,
      ...(traceparent === undefined ? {} : { traceparent }),
    },
  };
}

/** Opens the envelope before the handler. What is no CloudEvent is unparsable, and never reaches it. */
export function withEnvelope(
  handle: (event: IncomingEvent) => Promise<void>,
): (record: IncomingRecord) => Promise<void> {
  return async (record) => {
    const parsed = parseEnvelope(record.headers);
    if (parsed.outcome === 'malformed') throw new BaseError('OTP_BUS_UNPARSABLE', parsed.reason, { retry: false });
    await handle({ ...record, envelope: parsed.envelope });
  };
}
