import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { normaliseAddress } from '../address.ts';
import { ANONYMOUS_SMTP, type CarrierSimConfig } from '../config.ts';
import { decideMessage } from '../fate.ts';
import type { Network } from '../network.ts';
import type { Providers, SimProvider } from '../providers.ts';
import { type MailReply, rcptError, SmtpError } from './replies.ts';
import { type Fates, recordRefusedMail, takeMail } from './take-mail.ts';

export interface SmtpNetwork {
  port: number;
  stop(): Promise<void>;
}

/** More than any mail with a one-time password needs. */
const MAIL_MAX_BYTES = 1_048_576;
/** How long a connection that gets no answer is held: longer than any sensible caller waits. */
const HANG_MAX_MS = 120_000;
/** How long mail servers try: no mail expires here. */
const MAIL_TTL_MS = 5 * 24 * 3_600_000;
const CONNECTIONS_MAX = 1000;

/** Takes mails by SMTP, as the provider of the account that logged in behaves. */
export async function startSmtp(
  config: CarrierSimConfig,
  network: Network,
  providers: Providers,
): Promise<SmtpNetwork> {
  // A session may carry several mails, each with recipients of its own.
  const fatesOf = new WeakMap<SMTPServerSession, Fates>();
  const server = new SMTPServer({
    ...config.smtpTls,
    banner: 'Watchword carrier simulator',
    size: MAIL_MAX_BYTES,
    maxClients: CONNECTIONS_MAX,
    socketTimeout: HANG_MAX_MS,
    closeTimeout: 1,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    authMethods: ['PLAIN', 'LOGIN'],
    disabledCommands: [...(config.smtpTls ? [] : ['STARTTLS']), ...(config.accounts.length > 0 ? [] : ['AUTH'])],
    onAuth(auth, _session, callback) {
      const account = config.accounts.find(({ user, pass }) => user === auth.username && pass === auth.password);
      if (account) callback(null, { user: account.provider ?? account.user });
      else callback(new SmtpError(535, '5.7.8 Authentication credentials invalid'));
    },
    onMailFrom(_address, session, callback) {
      fatesOf.set(session, new Map());
      callback();
    },
    onRcptTo({ address }, session, callback) {
      const provider = providerOf(session, providers);
      const to = normaliseAddress(address);
      const fate = decideMessage(provider.behaviour, to, MAIL_TTL_MS, provider.random);
      const refusal = rcptError(fate.answer);
      if (refusal) recordRefusedMail(network, provider, to, fate.answer);
      else fatesOf.get(session)?.set(to, fate);
      callback(refusal);
    },
    onData(stream, session, callback) {
      const fates: Fates = fatesOf.get(session) ?? new Map();
      takeMail(network, providerOf(session, providers), fates, stream).then(
        (reply) => obey(reply, session, callback),
        callback,
      );
    },
  });
  server.on('error', (error: Error) => network.log.debug({ err: error }, 'an SMTP connection failed'));
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function obey(reply: MailReply, session: SMTPServerSession, answer: (error?: Error | null) => void): void {
    switch (reply.kind) {
      case 'taken':
        return answer();
      case 'error':
        return answer(reply.error);
      case 'drop':
        [...sockets].find((socket) => isOf(session, socket))?.resetAndDestroy();
        return undefined;
      case 'silence':
        // The server's own idle time-out ends it.
        return undefined;
    }
  }

  server.listen(config.smtpPort, config.host);
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function providerOf(session: SMTPServerSession, providers: Providers): SimProvider {
  // Whoever may log in has a provider: `prepareProviders` sees to it.
  return providers.get((session.user as string | undefined) ?? ANONYMOUS_SMTP)!;
}

/** smtp-server does not give the socket away; a session knows its other end, without the prefix of a mapped IPv4 address. */
function isOf(session: SMTPServerSession, socket: Socket): boolean {
  return socket.remotePort === session.remotePort && (socket.remoteAddress ?? '').endsWith(session.remoteAddress);
}
