import { safeCode } from '../guard-submit.ts';
import type { SubmitResult } from '../port.ts';
import type { CallResult } from './call.ts';
import { classifyRefusal, type ReadCode } from './classify-refusal.ts';

/** The longest id that is believed; Vonage's are UUIDs of 36 characters. */
const MESSAGE_ID = /^[\w-]{1,64}$/;

/**
 * From a call to a result. An answer without an id is unknown, not accepted: the SDK reports success for a 200 with a
 * proxy's HTML and for an empty body.
 */
export function toSubmitResult(result: CallResult<string | undefined>, readCode: ReadCode): SubmitResult {
  switch (result.outcome) {
    case 'answered':
      return typeof result.value === 'string' && MESSAGE_ID.test(result.value)
        ? { outcome: 'accepted', providerMessageId: result.value }
        : { outcome: 'unknown', error: 'unknown', providerCode: 'no_message_id' };
    case 'refused':
      return classifyRefusal(result, readCode);
    case 'not-sent':
      return {
        outcome: 'rejected',
        error: result.timedOut ? 'timeout' : 'unknown',
        retry: true,
        ...safeCode(result.code),
      };
    case 'unsure':
      return { outcome: 'unknown', error: result.timedOut ? 'timeout' : 'unknown', ...safeCode(result.code) };
  }
}
