import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import jwt, { type JwtPayload } from 'jsonwebtoken';
import { SIGNATURE_SECRET } from './sim.ts';

interface Hook {
  method: string;
  path: string;
  body: Record<string, unknown>;
  claims: JwtPayload;
}

export interface WebhookListener {
  url: string;
  /** Those that were properly signed and answered with 2xx. */
  hooks: Hook[];
  /** Why others were not. */
  refused: string[];
  /** The next so many get a 503. */
  failNext(count: number): void;
  close(): Promise<void>;
}

/** Receives webhooks and takes only those whose signature fits their body. */
export async function listenForWebhooks(): Promise<WebhookListener> {
  const hooks: Hook[] = [];
  const refused: string[] = [];
  let failing = 0;
  const server = createServer((request, response) => {
    void readHook(request).then(
      (hook) => {
        if (failing > 0) {
          failing -= 1;
          response.writeHead(503).end();
          return;
        }
        hooks.push(hook);
        response.writeHead(200).end();
      },
      (error: unknown) => {
        refused.push(String(error));
        response.writeHead(401).end();
      },
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hooks,
    refused,
    failNext: (count) => (failing = count),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readHook(request: IncomingMessage): Promise<Hook> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks);
  const token = (request.headers.authorization ?? '').replace('Bearer ', '');
  const claims = jwt.verify(token, SIGNATURE_SECRET, { algorithms: ['HS256'] }) as JwtPayload;
  if (claims['payload_hash'] !== createHash('sha256').update(raw).digest('hex')) throw new Error('payload_hash');
  const url = new URL(request.url ?? '/', 'http://x');
  const body = request.method === 'GET' ? Object.fromEntries(url.searchParams) : (JSON.parse(raw.toString()) as object);
  return { method: request.method ?? '', path: url.pathname + url.search, body: { ...body }, claims };
}
