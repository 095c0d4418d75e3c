import { describe, expect, it } from 'vitest';
import { classifySmtpFailure, type SmtpFailure } from './classify.ts';

describe('a reply of the server is its word, whenever it comes', () => {
  it.each([
    [421, '421 4.7.0 too many connections', 'CONN', 'throttled', true],
    [421, '421 shutting down', 'DATA', 'unknown', true],
    [450, '450 4.7.1 greylisted', 'RCPT TO', 'throttled', true],
    [450, '450 4.2.1 receiving mail at too great a rate', 'RCPT TO', 'throttled', true],
    [450, '450 mailbox busy', 'RCPT TO', 'unreachable', true],
    [451, '451 4.3.0 trouble', 'DATA', 'unknown', true],
    [452, '452 4.2.2 mailbox full', 'RCPT TO', 'unreachable', true],
    [454, '454 4.7.0 try later', 'AUTH PLAIN', 'account', true],
    [503, '503 bad sequence', 'DATA', 'unknown', true],
    [530, '530 5.7.0 authenticate first', 'MAIL FROM', 'account', false],
    [535, '535 5.7.8 no', 'AUTH PLAIN', 'account', false],
    [550, '550 5.1.1 <a@example.org>: no such user', 'RCPT TO', 'invalid_number', false],
    [550, '550-5.1.2 no such domain', 'RCPT TO', 'invalid_number', false],
    [550, '550 5.2.1 disabled', 'RCPT TO', 'invalid_number', false],
    [550, '550 5.7.1 blocked by policy', 'RCPT TO', 'blocked', false],
    [550, '550 no such user', 'RCPT TO', 'invalid_number', false],
    [550, '550 looks like spam', 'DATA', 'spam_filtered', false],
    [552, '552 5.2.2 mailbox full', 'RCPT TO', 'unreachable', false],
    [552, '552 5.3.4 too big', 'DATA', 'content', false],
    [553, '553 5.1.8 sender domain does not resolve', 'MAIL FROM', 'content', false],
    [554, '554 5.4.7 expired', 'DATA', 'timeout', false],
    [554, '554 no', 'DATA', 'spam_filtered', false],
    [554, '554 no service for you', 'CONN', 'blocked', false],
  ])('%d %j to %s is rejected as %s, retry %s', (responseCode, response, command, error, retry) => {
    const failure = { code: 'EMESSAGE', responseCode, response, command };
    for (const handedOver of [true, false]) {
      expect(classifySmtpFailure(failure, handedOver, false)).toMatchObject({ outcome: 'rejected', error, retry });
    }
  });

  it('is told by its codes alone, never by its text', () => {
    const response = '550 5.1.1 <ada@example.org>: code 904117';
    const result = classifySmtpFailure({ responseCode: 550, response, command: 'RCPT TO' }, false, false);
    expect(result).toMatchObject({ providerCode: '550 5.1.1' });
    expect(JSON.stringify(result)).not.toMatch(/ada|904117/);
  });
});

describe('without a reply', () => {
  it.each<[SmtpFailure, string, boolean]>([
    [{ code: 'ECONNECTION', command: 'CONN' }, 'unknown', true],
    [{ code: 'EDNS', command: 'CONN' }, 'unknown', true],
    [{ code: 'ESOCKET', command: 'CONN' }, 'unknown', true],
    [{ code: 'ETIMEDOUT', command: 'CONN' }, 'timeout', true],
    [{ code: 'EABORT' }, 'timeout', true],
    [{ code: 'ETLS', command: 'STARTTLS' }, 'account', false],
    [{ code: 'EAUTH', command: 'API' }, 'account', false],
    [{ code: 'EENVELOPE', command: 'API' }, 'invalid_number', false],
    [{ code: 'EOTP' }, 'content', false],
    [{}, 'unknown', true],
  ])('%j before the final dot is certainly not sent: %s, retry %s', (failure, error, retry) => {
    expect(classifySmtpFailure(failure, false, false)).toMatchObject({ outcome: 'rejected', error, retry });
  });

  it.each<[SmtpFailure, boolean, string]>([
    [{ code: 'ECONNECTION' }, false, 'unknown'],
    [{ code: 'ESOCKET' }, false, 'unknown'],
    [{ code: 'EMESSAGE' }, false, 'unknown'],
    [{ code: 'ETIMEDOUT' }, false, 'timeout'],
    [{ code: 'EABORT' }, true, 'timeout'],
  ])('%j after the final dot (aborted %s) is unknown: %s', (failure, aborted, error) => {
    expect(classifySmtpFailure(failure, true, aborted)).toMatchObject({ outcome: 'unknown', error });
  });
});
