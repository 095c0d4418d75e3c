import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PeerMode } from '../../src/conformance.ts';

/** A server that speaks the two Vonage APIs well enough to be in every mode. */
export interface VonagePeer {
  host: string;
  port: number;
  nextBehaves(mode: PeerMode): void;
  /** What it answers instead, for the modes that need more than a name. */
  answerWith(answer: ((response: ServerResponse) => void) | undefined): void;
  seen(): string[];
  headers(): Record<string, string | string[] | undefined>;
  close(): Promise<void>;
}

const ACCEPTED: Record<string, [number, object]> = {
  '/v1/messages': [202, { message_uuid: '0e3b5a5a-0000-4000-8000-000000000001' }],
  '/v1/calls': [
    201,
    {
      uuid: '0e3b5a5a-0000-4000-8000-000000000002',
      status: 'started',
      conversation_uuid: 'CON-1',
      direction: 'outbound',
    },
  ],
};

/** The two APIs refuse a number in different ways. */
const REFUSED_NUMBER: Record<string, [number, object]> = {
  '/v1/messages': [422, problem('https://developer.vonage.com/api-errors/messages#1430', 'Invalid recipient')],
  '/v1/calls': [
    400,
    {
      ...problem('https://developer.vonage.com/api-errors#bad-request', 'Bad Request'),
      invalid_parameters: [{ name: 'to[0].number', reason: 'is not a phone number' }],
    },
  ],
};

function problem(type: string, title: string) {
  return { type, title, detail: 'The `to` parameter +447700900123 is invalid', instance: 'trace-1' };
}

export async function startVonagePeer(): Promise<VonagePeer> {
  let mode: PeerMode = 'accepts';
  let override: ((response: ServerResponse) => void) | undefined;
  let seen: string[] = [];
  let headers: Record<string, string | string[] | undefined> = {};
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push(body);
      headers = request.headers;
      if (override) return override(response);
      answer(mode, request.url ?? '', response);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `http://127.0.0.1:${port}`,
    port,
    nextBehaves(next) {
      mode = next;
      override = undefined;
      seen = [];
    },
    answerWith(next) {
      override = next;
      seen = [];
    },
    seen: () => seen,
    headers: () => headers,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(mode: PeerMode, url: string, response: ServerResponse): void {
  switch (mode) {
    case 'accepts':
      return json(response, ...ACCEPTED[url]!);
    case 'fails':
      return json(response, 500, problem('https://developer.vonage.com/api-errors/messages#1000', 'Internal error'));
    case 'hangs':
      return;
    case 'answers-garbage':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');
      return;
    case 'throttles':
      response.setHeader('retry-after', '7');
      return json(response, 429, problem('https://developer.vonage.com/api-errors/messages#1000', 'Rate Limit Hit'));
    case 'refuses-recipient':
      return json(response, ...REFUSED_NUMBER[url]!);
    case 'resets':
      response.socket?.resetAndDestroy();
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
