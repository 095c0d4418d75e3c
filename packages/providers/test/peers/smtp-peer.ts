import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { PeerMode } from '../../src/conformance.ts';

/** An SMTP server of a few commands, written out so that it can misbehave at any of them. */
export interface SmtpPeer {
  port: number;
  nextBehaves(mode: PeerMode): void;
  /** Replies by command (`GREETING`, `MAIL`, `RCPT`, `DATA`, `.`) that replace the friendly ones; `cut` resets the connection, `end` closes it, `silence` says nothing. */
  replyWith(replies: Record<string, string>): void;
  seen(): string[];
  /** Since it was last told how to behave. */
  connections(): number;
  close(): Promise<void>;
}

const FRIENDLY: Record<string, string> = {
  GREETING: '220 peer',
  EHLO: '250 peer',
  MAIL: '250 2.1.0 ok',
  RCPT: '250 2.1.5 ok',
  DATA: '354 go on',
  '.': '250 2.0.0 queued as 1',
  RSET: '250 ok',
  QUIT: '221 bye',
};

const BY_MODE: Record<PeerMode, Record<string, string>> = {
  accepts: {},
  fails: { '.': '451 4.3.0 trouble with +447700900123' },
  hangs: { '.': 'silence' },
  'answers-garbage': { '.': '<html>Please log in</html>' },
  throttles: { RCPT: '450 4.7.1 greylisted, come back' },
  'refuses-recipient': { RCPT: '550 5.1.1 <ada@example.org>: no such user' },
  resets: { '.': 'cut' },
};

export async function startSmtpPeer(): Promise<SmtpPeer> {
  let replies: Record<string, string> = FRIENDLY;
  let seen: string[] = [];
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(
      socket,
      (command) => replies[command] ?? '502 no',
      (mail) => seen.push(mail),
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const replyWith = (next: Record<string, string>) => {
    replies = { ...FRIENDLY, ...next };
    seen = [];
    connections = 0;
  };
  return {
    port: (server.address() as AddressInfo).port,
    nextBehaves: (mode) => replyWith(BY_MODE[mode]),
    replyWith,
    seen: () => seen,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, replyTo: (command: string) => string, onMail: (mail: string) => void): void {
  let buffer = '';
  let mail: string[] | undefined;
  const say = (command: string): void => {
    const reply = replyTo(command);
    if (reply === 'silence') return;
    if (reply === 'cut') socket.resetAndDestroy();
    else if (reply === 'end') socket.end();
    else socket.write(`${reply}\r\n`);
  };
  const hear = (line: string): void => {
    if (mail && line !== '.') {
      mail.push(line);
    } else if (mail) {
      onMail(mail.join('\n'));
      mail = undefined;
      say('.');
    } else {
      const command = line.slice(0, 4).toUpperCase();
      if (command === 'DATA' && replyTo('DATA').startsWith('354')) mail = [];
      say(command);
    }
  };
  socket.setEncoding('utf8');
  say('GREETING');
  socket.on('data', (chunk: string) => {
    buffer += chunk;
    const lines = buffer.split('\r\n');
    buffer = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
}
