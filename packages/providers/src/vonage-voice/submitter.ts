import type { Vonage } from '@vonage/server-sdk';
import { guardSubmit, type SubmissionOf } from '../guard-submit.ts';
import { misconfigured } from '../misconfigured.ts';
import type { ProviderDeps, Submitter } from '../port.ts';
import { createVonage, requireSignatureSecret, vonageNumber, type VonageAccount } from '../vonage/account.ts';
import { callVonage } from '../vonage/call.ts';
import { toSubmitResult } from '../vonage/submit-result.ts';
import { callbackPath } from './callback-path.ts';

/** Calls by Vonage's Voice API: https://developer.vonage.com/en/api/voice. The application must sign its webhooks. */
export interface VonageVoiceSettings extends VonageAccount {
  type: 'vonage-voice';
  /** A number of the account, which the person sees. */
  from: string;
}

type OutboundCall = Parameters<Vonage['voice']['createOutboundCall']>[0];

/** Index of the vendor's voices for a language: the only one that every language has. */
const VOICE_STYLE = 0;
/** A phone rings about 5 times in 25 s; with the talk that is a minute in all, after which the next step is better. */
const RING_MAX_SECONDS = 25;
/** The code twice, slowly, in the longest of our texts. */
const TALK_MAX_SECONDS = 35;

/**
 * Makes the adapter. The NCCO goes with the request (an answer_url would have to connect within 3 s), and machine
 * detection stays off: it delays the code.
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED`
 */
export function createVonageVoiceSubmitter(settings: VonageVoiceSettings, deps: ProviderDeps): Submitter {
  if (!/^\+?\d{3,15}$/.test(settings.from)) throw misconfigured(settings.name, 'from is not a phone number');
  const secret = requireSignatureSecret(settings);
  const { voice } = createVonage(settings, deps, 'application');
  return {
    name: settings.name,
    type: settings.type,
    channel: 'voice',
    async submit(submission, signal) {
      return guardSubmit('voice', submission, signal, async (call, bounded) => {
        const eventUrl = `${call.callbackUrl}${callbackPath(secret, settings.name, call.attemptId)}`;
        const order = toCall(settings, call, eventUrl);
        const result = await callVonage(
          voice,
          bounded,
          async (client) => (await client.createOutboundCall(order)).uuid,
        );
        return toSubmitResult(result, () => undefined);
      });
    },
    // Connections belong to the process' own fetch, which closes idle ones after 4 s.
    async close() {},
  };
}

function toCall(settings: VonageVoiceSettings, submission: SubmissionOf<'voice'>, eventUrl: string): OutboundCall {
  const { language, ssml } = submission.content;
  const call = {
    to: [{ type: 'phone', number: vonageNumber(submission.to) }],
    from: { type: 'phone', number: vonageNumber(settings.from) },
    ncco: [{ action: 'talk', text: ssml, language, style: VOICE_STYLE, bargeIn: false }],
    eventUrl: [eventUrl],
    eventMethod: 'POST',
    ringingTimer: Math.min(Math.max(Math.ceil(submission.ttlMs / 1000), 1), RING_MAX_SECONDS),
    lengthTimer: TALK_MAX_SECONDS,
  };
  // The SDK's types want enums that it does not export, and `style` as text where the API takes a number.
  return call as unknown as OutboundCall;
}
