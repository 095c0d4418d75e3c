import type { Answer } from '../fate.ts';

/** smtp-server answers an error with its `responseCode`. */
export class SmtpError extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** What a mail gets after its end: an answer, a cut connection, or silence. */
export type MailReply =
  | { kind: 'taken' }
  | { kind: 'error'; error: SmtpError }
  | { kind: 'drop' }
  | { kind: 'silence' };

/** What is refused as soon as the recipient is named. */
export function rcptError(answer: Answer): SmtpError | undefined {
  switch (answer) {
    case 'invalid_number':
      return new SmtpError(550, '5.1.1 No such user here');
    case 'throttle':
      return new SmtpError(450, '4.2.1 Too many mails for this mailbox, try again later');
    default:
      return undefined;
  }
}

/** One answer for all recipients of a mail: the first that is not plain acceptance. */
export function chooseReply(answers: Answer[]): MailReply {
  const answer = answers.find((answer) => answer !== 'accepted' && answer !== 'black_hole');
  switch (answer) {
    case undefined:
    // Refused at RCPT already, and of no meaning for SMTP: neither comes this far.
    case 'invalid_number':
    case 'throttle':
    case 'html_200':
      return { kind: 'taken' };
    case 'http_500':
      return { kind: 'error', error: new SmtpError(451, '4.3.0 Local error in processing') };
    case 'blocked':
      return { kind: 'error', error: new SmtpError(550, '5.7.1 Message rejected as spam') };
    case 'reset':
      return { kind: 'drop' };
    case 'hang':
    case 'accept_then_hang':
      return { kind: 'silence' };
  }
}
