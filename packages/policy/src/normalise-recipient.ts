import type { Channel } from '@watchword/contracts';
import { normaliseEmailAddress } from './email-address.ts';
import { normalisePhoneNumber } from './phone-number.ts';
import type { NormalisedRecipient, RecipientPolicy, RefusedRecipient } from './recipient.ts';

/**
 * One spelling for one address, or the reason why nothing is sent to it.
 *
 * @param text as a person or a platform wrote it; phone numbers need their country code (`+` or `00`)
 */
export function normaliseRecipient(
  channel: Channel,
  text: string,
  policy: RecipientPolicy = {},
): NormalisedRecipient | RefusedRecipient {
  switch (channel) {
    case 'sms':
    case 'voice':
      return normalisePhoneNumber(channel, text, policy);
    case 'email':
      return normaliseEmailAddress(text);
  }
}
