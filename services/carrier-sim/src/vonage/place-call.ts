import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { normaliseAddress } from '../address.ts';
import { type CallOrder, decideCall } from '../call-fate.ts';
import { carry, recordRefusal } from '../carry.ts';
import type { VonageProviderConfig } from '../config.ts';
import type { Network } from '../network.ts';
import type { SimProvider } from '../providers.ts';
import { answerSubmission } from './answer.ts';
import { callEventBody } from './call-event.ts';
import { type CallRequest, parseCallRequest } from './call-request.ts';
import { claimedFields } from './claimed-fields.ts';
import { PROBLEMS, sendProblem } from './problem.ts';
import { cutSpeech, hearTalk, type TalkAction } from './speech.ts';
import { webhookRequest } from './webhook-request.ts';

/** Vonage's defaults, in seconds. */
const RINGING_TIMER_S = 60;
const LENGTH_TIMER_S = 7200;
/** Shown to the person where the caller leaves the number to Vonage. */
const ANY_NUMBER = '447700900000';

/** One `POST /v1/calls` of a caller who is known. */
export async function placeCall(
  network: Network,
  provider: SimProvider<VonageProviderConfig>,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parsed = parseCallRequest(body);
  if (parsed.outcome === 'invalid') {
    recordRefusal(network, provider, 'voice', 'invalid_request', claimedFields(body));
    return sendProblem(reply, parsed.problem);
  }
  const { call } = parsed;
  const number = call.to[0]!.number;
  const lengthTimerS = call.length_timer ?? LENGTH_TIMER_S;
  const speech = hearTalk(call.ncco.filter(isTalk), lengthTimerS);
  const fate = decideCall(provider.behaviour, orderOf(call, speech.seconds), provider.random);
  const ids = { callId: randomUUID(), conversationId: `CON-${randomUUID()}` };
  const source = {
    ...ids,
    to: number,
    from: call.from?.number ?? ANY_NUMBER,
    priceEur: provider.behaviour.price_eur,
  };
  const url = call.event_url?.[0] ?? provider.config.eventUrl;
  const method = call.event_method === 'GET' ? 'GET' : 'POST';
  const carried = await carry(network, {
    provider,
    channel: 'voice',
    to: normaliseAddress(number),
    clientRef: undefined,
    messageId: ids.callId,
    callbackUrl: url,
    answer: fate.answer,
    sent: fate.sent,
    arrival:
      fate.heardAtMs === undefined
        ? undefined
        : { atMs: fate.heardAtMs, text: cutSpeech(speech.words, fate.heardShare) },
    receipts:
      url === undefined
        ? []
        : fate.receipts.map((event) => ({
            atMs: event.atMs,
            status: event.status,
            request: (at) => webhookRequest(provider.config, { url, method }, callEventBody(source, event, at)),
          })),
    receiptsFirst: fate.receiptsFirst,
  });
  if (carried === 'overloaded') return sendProblem(reply.header('retry-after', 1), PROBLEMS.throttled);
  const accept = (): FastifyReply =>
    reply.code(201).send({
      uuid: ids.callId,
      status: 'started',
      direction: 'outbound',
      conversation_uuid: ids.conversationId,
    });
  // A call to a number that cannot be is taken, and rejected by an event.
  return answerSubmission(reply, provider, fate.answer, accept, accept);
}

function isTalk(action: CallRequest['ncco'][number]): action is CallRequest['ncco'][number] & TalkAction {
  return action.action === 'talk';
}

function orderOf(call: CallRequest, speechS: number): CallOrder {
  return {
    to: normaliseAddress(call.to[0]!.number),
    ringingTimerS: call.ringing_timer ?? RINGING_TIMER_S,
    lengthTimerS: call.length_timer ?? LENGTH_TIMER_S,
    speechS,
    detection: call.advanced_machine_detection
      ? (call.advanced_machine_detection.behavior ?? 'continue')
      : (call.machine_detection ?? 'none'),
  };
}
