import { attemptId, createVerificationId } from '@watchword/contracts';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSubmitter, type SmtpSettings, type Submission, type Submitter } from '../../src/index.ts';
import { startSmtpPeer } from '../peers/smtp-peer.ts';

const peer = await startSmtpPeer();
const submitters: Submitter[] = [];
beforeEach(() => peer.nextBehaves('accepts'));
afterEach(async () => {
  for (const submitter of submitters.splice(0)) await submitter.close();
});
afterAll(async () => peer.close());

function mailer(settings: Partial<SmtpSettings> = {}): Submitter {
  const submitter = createSubmitter(
    {
      type: 'smtp',
      name: 'mail-a',
      host: '127.0.0.1',
      port: peer.port,
      tls: 'none',
      from: 'Watchword <codes@watchword.test>',
      connectionsMax: 1,
      ...settings,
    },
    { debug: undefined },
  );
  submitters.push(submitter);
  return submitter;
}
const submission = (): Submission => ({
  attemptId: attemptId(createVerificationId({ region: 'a', bucket: 7 }), 1),
  to: 'ada@example.org',
  content: {
    channel: 'email',
    subject: 'Your code',
    text: '904117',
    html: '<b>904117</b>',
    otp: { code: '904117', origin: 'https://example.com' },
  },
  ttlMs: 600_000,
  callbackUrl: 'https://otp.example.com/webhooks/mail-a',
});
const soon = () => AbortSignal.timeout(2_000);

describe('a mail on the wire', () => {
  it('has our Message-ID, the origin-bound code, and asks for no automatic reply', async () => {
    const mail = submission();
    const result = await mailer().submit(mail, soon());
    expect(result).toEqual({ outcome: 'accepted', providerMessageId: `${mail.attemptId}@watchword.test` });
    const text = peer.seen()[0]!;
    expect(text).toContain(`Message-ID: <${mail.attemptId}@watchword.test>`);
    expect(text).toContain('OTP-Token: "904117"; origin="https://example.com"');
    expect(text).toContain('Auto-Submitted: auto-generated');
    expect(text).toContain('From: Watchword <codes@watchword.test>');
    expect(text).toContain('To: ada@example.org');
  });

  it.each([
    'ada@example.org, eve@example.net',
    'Ada <ada@example.org>',
    'ada@example.org\r\nRCPT TO:<eve@example.net>',
  ])('is never sent to %j, which is not one address', async (to) => {
    const result = await mailer().submit({ ...submission(), to }, soon());
    expect(result).toEqual({ outcome: 'rejected', error: 'invalid_number', retry: false });
    expect(peer.seen()).toEqual([]);
  });

  it('is not sent with an origin that mail clients would refuse', async () => {
    const mail = submission();
    const content = { ...mail.content, otp: { code: '904117', origin: 'not an origin' } } as Submission['content'];
    const result = await mailer().submit({ ...mail, content }, soon());
    expect(result).toMatchObject({ outcome: 'rejected', error: 'content', retry: false });
  });
});

it('as many mails are under way at once as its settings say: none waits for another’s connection', async () => {
  peer.nextBehaves('hangs');
  const submitter = mailer({ connectionsMax: 20 });
  const results = Array.from({ length: 20 }, async () => submitter.submit(submission(), soon()));
  await vi.waitFor(() => expect(peer.seen()).toHaveLength(20), { timeout: 1_500 });
  expect(peer.connections()).toBe(20);
  for (const result of await Promise.all(results)) expect(result.outcome).toBe('unknown');
});

describe('a mail whose final dot was not written is certainly not sent', () => {
  it.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])('when the connection is lost at %s', async (command) => {
    peer.replyWith({ [command]: 'cut' });
    const result = await mailer().submit(submission(), soon());
    expect(result).toMatchObject({ outcome: 'rejected', error: 'unknown', retry: true });
  });

  it.each(['EHLO', 'MAIL', 'RCPT', 'DATA'])('when the server falls silent at %s', async (command) => {
    peer.replyWith({ [command]: 'silence' });
    const result = await mailer().submit(submission(), AbortSignal.timeout(300));
    expect(result).toMatchObject({ outcome: 'rejected', error: 'timeout', retry: true });
  });

  it('when the connection is closed before the greeting; and the pool does not try again by itself', async () => {
    peer.replyWith({ GREETING: 'end' });
    const result = await mailer().submit(submission(), soon());
    expect(result).toMatchObject({ outcome: 'rejected', error: 'unknown', retry: true });
    expect(peer.connections()).toBe(1);
  });

  it('when it still waits for a connection', async () => {
    peer.nextBehaves('hangs');
    const submitter = mailer();
    const [first, second] = await Promise.all([
      submitter.submit(submission(), AbortSignal.timeout(500)),
      submitter.submit(submission(), AbortSignal.timeout(300)),
    ]);
    expect(first).toMatchObject({ outcome: 'unknown', error: 'timeout' });
    expect(second).toMatchObject({ outcome: 'rejected', error: 'timeout', retry: true });
  });

  it('when TLS is demanded and the server has none', async () => {
    const result = await mailer({ tls: 'starttls' }).submit(submission(), soon());
    expect(result.outcome).toBe('rejected');
    expect(peer.seen()).toEqual([]);
  });
});

it('a mail is sent once, also when the connection is lost after its final dot', async () => {
  peer.nextBehaves('resets');
  const submitter = mailer();
  expect((await submitter.submit(submission(), soon())).outcome).toBe('unknown');
  peer.nextBehaves('accepts');
  const next = submission();
  expect((await submitter.submit(next, soon())).outcome).toBe('accepted');
  expect(peer.seen()).toHaveLength(1);
  expect(peer.seen()[0]).toContain(next.attemptId);
});

it('a closed submitter rejects what comes, and lets go of what is under way', async () => {
  peer.nextBehaves('hangs');
  const submitter = mailer();
  const underWay = submitter.submit(submission(), soon());
  await expect.poll(() => peer.seen().length, { timeout: 2_000 }).toBe(1);
  const closedAt = performance.now();
  await submitter.close();
  expect((await underWay).outcome).toBe('unknown');
  expect(performance.now() - closedAt).toBeLessThan(1_000);
  expect(await submitter.submit(submission(), soon())).toMatchObject({ outcome: 'rejected' });
});
