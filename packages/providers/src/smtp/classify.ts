import type { ErrorClass } from '@watchword/contracts';
import { safeCode } from '../guard-submit.ts';
import type { SubmitResult } from '../port.ts';

/** What nodemailer 10 puts on its errors (`nodemailer/dist/esm/errors.js`). Its messages hold addresses: never read them. */
export interface SmtpFailure {
  /** EENVELOPE, EMESSAGE, EAUTH, ECONNECTION, ETIMEDOUT, EABORT … */
  code?: string;
  /** The three digits of the server's reply, where there was one. */
  responseCode?: number;
  /** The reply: only its enhanced status code (RFC 3463) is taken. */
  response?: string;
  /** The command in flight: CONN, EHLO, AUTH …, MAIL FROM, RCPT TO, DATA. */
  command?: string;
}

/**
 * What a failed mail came to. A reply of the server is its word that it took nothing, also after the message's end
 * (RFC 5321 §4.2.5). Without a reply it depends on whether the message was handed over whole: a server must not deliver
 * what lacks its final dot, but one that got the dot may have taken it although the connection was lost.
 */
export function classifySmtpFailure(failure: SmtpFailure, handedOver: boolean, aborted: boolean): SubmitResult {
  const timedOut = aborted || failure.code === 'ETIMEDOUT' || failure.code === 'EABORT';
  const { responseCode } = failure;
  if (responseCode !== undefined && responseCode >= 400 && responseCode < 600) {
    const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(failure.response ?? '')?.[1];
    const error = classifyReply(responseCode, enhanced, failure.command ?? '');
    // 503 says that the session went wrong, not that the message did (nodemailer's `err.permanent` says the same).
    const retry = responseCode < 500 || responseCode === 503;
    const providerCode = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
    return { outcome: 'rejected', error, retry, ...safeCode(providerCode) };
  }
  if (handedOver) return { outcome: 'unknown', error: timedOut ? 'timeout' : 'unknown', ...safeCode(failure.code) };
  const { error, retry } = classifyLocal(failure, timedOut);
  return { outcome: 'rejected', error, retry, ...safeCode(failure.code) };
}

/** Failures on our side of the connection, before the message was out. */
function classifyLocal(failure: SmtpFailure, timedOut: boolean): { error: ErrorClass; retry: boolean } {
  if (timedOut) return { error: 'timeout', retry: true };
  switch (failure.code) {
    case 'EENVELOPE':
      return { error: 'invalid_number', retry: false };
    case 'EAUTH':
    case 'ENOAUTH':
    case 'ETLS':
    case 'ECONFIG':
      return { error: 'account', retry: false };
    case 'EOTP':
    case 'EMESSAGE':
    case 'ESTREAM':
      return { error: 'content', retry: false };
    default:
      return { error: 'unknown', retry: true };
  }
}

/** By enhanced code where the server gives one, else by the reply and the command it answers. */
function classifyReply(reply: number, enhanced: string | undefined, command: string): ErrorClass {
  if (command.startsWith('AUTH') || reply === 530 || reply === 535) return 'account';
  const [, subject, detail] = (enhanced ?? '').split('.').map(Number);
  if (subject !== undefined && detail !== undefined) return classifyEnhanced(reply, subject, detail);
  switch (reply) {
    case 550:
    case 551:
    case 553:
      if (command === 'RCPT TO') return 'invalid_number';
      return command === 'DATA' ? 'spam_filtered' : 'content';
    case 552:
      return command === 'DATA' ? 'content' : 'unreachable';
    case 554:
      return command === 'DATA' ? 'spam_filtered' : 'blocked';
    case 450:
    case 452:
      return 'unreachable';
    default:
      return 'unknown';
  }
}

/** RFC 3463 §3: the second number is the subject, the third the detail. */
function classifyEnhanced(reply: number, subject: number, detail: number): ErrorClass {
  switch (subject) {
    case 1:
      // 7 and 8 are about the sender's address; the others about the recipient's.
      return detail === 7 || detail === 8 ? 'content' : 'invalid_number';
    case 2:
      // A mailbox "not accepting messages" for now (4.2.1) is one that gets too many: Gmail's word for a rate.
      if (detail === 1) return reply >= 500 ? 'invalid_number' : 'throttled';
      return 'unreachable';
    case 3:
      return detail === 4 ? 'content' : 'unknown';
    case 4:
      return detail === 7 ? 'timeout' : 'unreachable';
    case 6:
      return 'content';
    case 7:
      // A policy's "later" is greylisting or a rate; its "no" is a block. 8 is about credentials.
      if (detail === 8) return 'account';
      return reply < 500 ? 'throttled' : 'blocked';
    default:
      return 'unknown';
  }
}
