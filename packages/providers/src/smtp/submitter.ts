import { createTransport } from 'nodemailer';
import { guardSubmit, type SubmissionOf } from '../guard-submit.ts';
import { misconfigured } from '../misconfigured.ts';
import type { Submitter } from '../port.ts';
import { classifySmtpFailure, type SmtpFailure } from './classify.ts';

/** E-mail by any SMTP server. */
export interface SmtpSettings {
  type: 'smtp';
  /** The provider's name in the configuration. */
  name: string;
  host: string;
  port: number;
  /** `implicit` TLS (465), `starttls` demanded (587, the default), or `none` for a server on the same machine. */
  tls?: 'implicit' | 'starttls' | 'none';
  username?: string;
  password?: string;
  /** `codes@example.com` or `Example <codes@example.com>`; its domain is also that of our Message-IDs. */
  from: string;
  /** Mails under way at the same time. Default 5. */
  connectionsMax?: number;
}

/** An OTP cannot wait for nodemailer's defaults (2 min, 30 s, 10 min). */
const CONNECT_MAX_MS = 3_000;
/** As the connection: a server that keeps its greeting back (tarpit) has taken no message yet. */
const GREETING_MAX_MS = 3_000;
/** All failovers of a job together; the attempt's own time-out comes first. */
const SILENCE_MAX_MS = 8_000;
/** Servers close idle sessions after a minute or more; a connection that we close first is never found stale. */
const IDLE_MAX_MS = 30_000;
/** nodemailer's own default, and what most relays bear. */
const CONNECTIONS_DEFAULT = 5;

/**
 * Makes the adapter: a pool of connections, and nothing is ever sent twice (the pool's own requeueing is off).
 * @throws BaseError `OTP_PROVIDER_MISCONFIGURED`
 */
export function createSmtpSubmitter(settings: SmtpSettings): Submitter {
  const sender = parseSender(settings);
  const transport = createPool(settings);
  // Message-IDs of mails that were read to their end by the connection, i.e. whose final dot may be out.
  const handedOver = new Set<string>();
  transport.use('stream', (mail, done) => {
    const messageId = mail.data.messageId;
    const createReadStream = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (options) => {
      const stream = createReadStream(options);
      if (typeof messageId === 'string') stream.once('end', () => handedOver.add(messageId));
      return stream;
    };
    done();
  });
  return {
    name: settings.name,
    type: settings.type,
    channel: 'email',
    async submit(submission, signal) {
      return guardSubmit('email', submission, signal, async (mail, bounded) => {
        if (!PLAIN_ADDRESS.test(mail.to)) return { outcome: 'rejected', error: 'invalid_number', retry: false };
        const messageId = `${mail.attemptId}@${sender.domain}`;
        try {
          await transport.sendMail({ ...toMail(sender, mail), messageId: `<${messageId}>`, signal: bounded });
          return { outcome: 'accepted', providerMessageId: messageId };
        } catch (error) {
          return classifySmtpFailure(error as SmtpFailure, handedOver.has(`<${messageId}>`), bounded.aborted);
        } finally {
          handedOver.delete(`<${messageId}>`);
        }
      });
    },
    async close() {
      transport.close({ force: true });
    },
  };
}

function createPool(settings: SmtpSettings) {
  const tls = settings.tls ?? 'starttls';
  const { username, password } = settings;
  if (!settings.host) throw misconfigured(settings.name, 'needs a host');
  if (username !== undefined && password === undefined)
    throw misconfigured(settings.name, 'has a username but no password');
  return createTransport({
    pool: true,
    host: settings.host,
    port: settings.port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password } }),
    maxConnections: settings.connectionsMax ?? CONNECTIONS_DEFAULT,
    // On a lost connection the pool would send the mail again by itself: a second code to the same person.
    maxRequeues: 0,
    dnsTimeout: CONNECT_MAX_MS,
    connectionTimeout: CONNECT_MAX_MS,
    greetingTimeout: GREETING_MAX_MS,
    socketTimeout: SILENCE_MAX_MS,
    idleTimeout: IDLE_MAX_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** One address and nothing else: nodemailer would pass a list or a quoted part on to the server as it stands. */
const PLAIN_ADDRESS = /^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/;

interface Sender {
  from: string;
  address: string;
  domain: string;
}

function parseSender(settings: SmtpSettings): Sender {
  const address = /^(?:[^<>\r\n]*<)?([^<>\s@]+@([^<>\s@]+))>?$/.exec(settings.from);
  if (!address) throw misconfigured(settings.name, 'from is not an e-mail address');
  return { from: settings.from, address: address[1]!, domain: address[2]! };
}

function toMail(sender: Sender, { to, content }: SubmissionOf<'email'>) {
  return {
    from: sender.from,
    to: { name: '', address: to },
    envelope: { from: sender.address, to: [to] },
    subject: content.subject,
    text: content.text,
    html: content.html,
    ...(content.otp === undefined ? {} : { otp: content.otp }),
    // No vacation replies to a code (RFC 3834 §5; the second is Exchange's).
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}
