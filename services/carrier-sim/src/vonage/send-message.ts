import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { normaliseAddress } from '../address.ts';
import { carry, recordRefusal } from '../carry.ts';
import type { VonageProviderConfig } from '../config.ts';
import { decideMessage } from '../fate.ts';
import type { Network } from '../network.ts';
import type { SimProvider } from '../providers.ts';
import { answerSubmission } from './answer.ts';
import { parseSmsRequest } from './message-request.ts';
import { messageStatusBody } from './message-status.ts';
import { PROBLEMS, sendProblem } from './problem.ts';
import { claimedFields } from './claimed-fields.ts';
import { webhookRequest } from './webhook-request.ts';

/** For how long the network tries when a message does not say: 72 hours, as at Vonage. */
const TTL_DEFAULT_S = 72 * 3600;

/** One `POST /v1/messages` of a caller who is known: judge it, decide its fate, set it going, answer. */
export async function sendMessage(
  network: Network,
  provider: SimProvider<VonageProviderConfig>,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parsed = parseSmsRequest(body);
  if (parsed.outcome === 'invalid') {
    recordRefusal(network, provider, 'sms', 'invalid_request', claimedFields(body));
    return sendProblem(reply, parsed.problem);
  }
  const { sms } = parsed;
  const to = normaliseAddress(sms.to);
  const fate = decideMessage(provider.behaviour, to, (sms.ttl ?? TTL_DEFAULT_S) * 1000, provider.random);
  const messageId = randomUUID();
  const url = sms.webhook_url ?? provider.config.statusUrl;
  const source = { messageId, sms, priceEur: provider.behaviour.price_eur };
  const carried = await carry(network, {
    provider,
    channel: 'sms',
    to,
    clientRef: sms.client_ref,
    messageId,
    callbackUrl: url,
    answer: fate.answer,
    sent: fate.sent,
    arrival: fate.arrivesAtMs === undefined ? undefined : { atMs: fate.arrivesAtMs, text: sms.text },
    receipts:
      url === undefined
        ? []
        : fate.receipts.map((receipt) => ({
            atMs: receipt.atMs,
            status: receipt.status,
            request: (at) =>
              webhookRequest(provider.config, { url, method: 'POST' }, messageStatusBody(source, receipt, at)),
          })),
    receiptsFirst: fate.receiptsFirst,
  });
  if (carried === 'overloaded') return sendProblem(reply.header('retry-after', 1), PROBLEMS.throttled);
  return answerSubmission(
    reply,
    provider,
    fate.answer,
    () => reply.code(202).send({ message_uuid: messageId }),
    () => sendProblem(reply, PROBLEMS.invalidNumber),
  );
}
