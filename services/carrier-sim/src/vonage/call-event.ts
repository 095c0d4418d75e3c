import type { CallEvent } from '../call-fate.ts';
import { networkOf } from './mobile-network.ts';

export interface CallEventSource {
  callId: string;
  conversationId: string;
  to: string;
  from: string;
  /** Price of a minute. */
  priceEur: number;
}

/** The body of a call's event. https://developer.vonage.com/en/voice/voice-api/webhook-reference#event-webhook */
export function callEventBody(source: CallEventSource, event: CallEvent, at: Date): object {
  const { callId, conversationId, to, from } = source;
  const timestamp = at.toISOString();
  if (event.status === 'human' || event.status === 'machine') {
    // These two name the call otherwise than the rest.
    return { call_uuid: callId, conversation_uuid: conversationId, from, to, status: event.status, timestamp };
  }
  return {
    ...(event.status === 'completed' ? accountOf(source, event.durationS ?? 0, at) : {}),
    ...(event.status === 'answered' ? { start_time: null, rate: null, network: null } : {}),
    from,
    to,
    uuid: callId,
    conversation_uuid: conversationId,
    status: event.status,
    ...(event.detail === undefined ? {} : { detail: event.detail }),
    direction: 'outbound',
    timestamp,
  };
}

function accountOf(source: CallEventSource, durationS: number, at: Date): object {
  return {
    start_time: new Date(at.getTime() - durationS * 1000).toISOString(),
    end_time: at.toISOString(),
    duration: String(Math.round(durationS)),
    rate: source.priceEur.toFixed(8),
    price: ((source.priceEur * durationS) / 60).toFixed(8),
    network: networkOf(source.to) ?? null,
    disconnected_by: 'platform',
  };
}
