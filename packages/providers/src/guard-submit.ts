import type { Channel } from '@watchword/contracts';
import { SUBMIT_MAX_MS, type Content, type Submission, type SubmitResult } from './port.ts';

/** A submission whose content is of the adapter's channel. */
export type SubmissionOf<C extends Channel> = Submission & { content: Extract<Content, { channel: C }> };

/**
 * What every adapter's `submit` begins and ends with: content of another channel and a call that is already aborted are
 * not sent, the call is bounded, and an adapter that throws after all (a fault of ours) counts as unknown.
 */
export async function guardSubmit<C extends Channel>(
  channel: C,
  submission: Submission,
  signal: AbortSignal,
  send: (submission: SubmissionOf<C>, signal: AbortSignal) => Promise<SubmitResult>,
): Promise<SubmitResult> {
  if (submission.content.channel !== channel) return { outcome: 'rejected', error: 'content', retry: false };
  if (signal.aborted) return { outcome: 'rejected', error: 'timeout', retry: true };
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(SUBMIT_MAX_MS)]);
    return await send(submission as SubmissionOf<C>, bounded);
  } catch {
    return { outcome: 'unknown', error: 'unknown' };
  }
}

/** A vendor's code as it may be logged and counted: short, and of characters that spell no address. */
export function safeCode(code: string | undefined): { providerCode: string } | Record<string, never> {
  return code !== undefined && /^[A-Za-z0-9_.:# -]{1,40}$/.test(code) ? { providerCode: code } : {};
}
