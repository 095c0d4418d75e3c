import { EVENTS, INGRESS_RESULT_TOPIC, type IngressResultEvent, type SendAnswer } from '@watchword/contracts';
import type { PublishableEvent } from '@watchword/runtime';
import type { RecordPlace } from './name-request.ts';
import type { Rejected, Verdict } from './verdict.ts';

export interface ResultInput {
  tenant: string;
  place: RecordPlace;
  /** What the record calls its request, as far as that can be said. */
  name: { reference: string; traceparent?: string };
  verdict: Verdict;
  /** When the verdict is told; milliseconds since 1970. */
  now: number;
}

/** The event that tells what became of a record. Its id is the record's own, so that who gets it twice can see it. Pure. */
export function composeResult({ tenant, place, name, verdict, now }: ResultInput): PublishableEvent {
  const { topic, partition, offset, timestampMs } = place;
  const { reference, traceparent } = name;
  const data: IngressResultEvent = {
    tenant,
    reference,
    record: { topic, partition, offset, timestamp: timestampMs },
    outcome: verdict.outcome,
    ...(verdict.outcome === 'accepted' ? describeAccepted(verdict.answer) : describeRejected(verdict)),
  };
  return {
    topic: INGRESS_RESULT_TOPIC,
    key: `${tenant}|${reference}`,
    id: `${topic}/${partition}/${offset}/${timestampMs}`,
    type: EVENTS[INGRESS_RESULT_TOPIC].type,
    timeMs: now,
    data,
    ...(traceparent !== undefined && { traceparent }),
  };
}

function describeAccepted(answer: SendAnswer): Partial<IngressResultEvent> {
  return {
    verification_id: answer.id,
    status: answer.status,
    channel: answer.channel,
    sent: answer.sent,
    expires_at: Date.parse(answer.expires_at),
    ...(answer.next_resend_at !== null && { next_resend_at: Date.parse(answer.next_resend_at) }),
    ...(answer.client_reference !== undefined && { client_reference: answer.client_reference }),
  };
}

function describeRejected({ code, detail, errors, retryAfterMs }: Rejected): Partial<IngressResultEvent> {
  return {
    code,
    detail,
    ...(errors !== undefined && { errors }),
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  };
}
