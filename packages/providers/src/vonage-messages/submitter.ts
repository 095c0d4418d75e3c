import { guardSubmit, type SubmissionOf } from '../guard-submit.ts';
import type { ProviderDeps, Submitter } from '../port.ts';
import { misconfigured } from '../misconfigured.ts';
import { createVonage, vonageNumber, type VonageAccount } from '../vonage/account.ts';
import { callVonage } from '../vonage/call.ts';
import type { VonageProblem } from '../vonage/problem.ts';
import { toSubmitResult } from '../vonage/submit-result.ts';
import { MESSAGES_CODES } from './codes.ts';

/** SMS by Vonage's Messages API: https://developer.vonage.com/en/api/messages. */
export interface VonageMessagesSettings extends VonageAccount {
  type: 'vonage-messages';
  /** Sender: a number or an alphanumeric name. */
  from: string;
}

/**
 * Seconds. The API takes any positive number for SMS, advises at least 30 minutes and asks other channels for at least
 * 300, since operators round short ones up or drop the message at once. A code lives 30-3600 s; what arrives too late
 * is harmless, what an operator drops too early is not, so shorter lives ask for 300.
 */
const TTL_MIN_SECONDS = 300;
/** Three days, the most that the API takes; no code lives longer than an hour. */
const TTL_MAX_SECONDS = 259_200;

/**
 * Makes the adapter. Authorization is a JWT where applicationId and privateKey are given, else Basic.
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED`
 */
export function createVonageMessagesSubmitter(settings: VonageMessagesSettings, deps: ProviderDeps): Submitter {
  if (!settings.from) throw misconfigured(settings.name, 'needs a sender (from)');
  const { messages } = createVonage(settings, deps, 'any');
  return {
    name: settings.name,
    type: settings.type,
    channel: 'sms',
    async submit(submission, signal) {
      return guardSubmit('sms', submission, signal, async (sms, bounded) => {
        const message = toMessage(settings, sms);
        const result = await callVonage(messages, bounded, async (client) => (await client.send(message)).messageUUID);
        return toSubmitResult(result, readCode);
      });
    },
    // Connections belong to the process' own fetch, which closes idle ones after 4 s.
    async close() {},
  };
}

function toMessage(settings: VonageMessagesSettings, submission: SubmissionOf<'sms'>) {
  return {
    channel: 'sms' as const,
    messageType: 'text' as const,
    to: vonageNumber(submission.to),
    from: vonageNumber(settings.from),
    text: submission.content.text,
    clientRef: submission.attemptId,
    webhookUrl: submission.callbackUrl,
    webhookVersion: 'v1' as const,
    ttl: Math.min(Math.max(Math.ceil(submission.ttlMs / 1000), TTL_MIN_SECONDS), TTL_MAX_SECONDS),
  };
}

function readCode(problem: VonageProblem) {
  const meaning = problem.code === undefined ? undefined : MESSAGES_CODES[problem.code];
  // The document's own example of an invalid recipient ends in `#110`; its title is right.
  if (!meaning && problem.title === 'Invalid recipient') return { error: 'invalid_number' as const, retry: false };
  return meaning && { error: meaning.error, retry: !meaning.permanent };
}
