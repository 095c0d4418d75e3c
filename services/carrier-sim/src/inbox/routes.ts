import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Inbox, InboxMessage } from './inbox.ts';
import { loadPage } from './page.ts';

/** Phones and mailboxes that one answer lists; the search finds the others. */
const ADDRESSES_MAX = 200;
/** Pages that may watch at once. */
const WATCHERS_MAX = 200;
/** A comment now and then keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;
/** What a watcher may leave unread before it is dropped; its page reconnects and loads afresh. */
const UNREAD_MAX_BYTES = 1_048_576;

type InboxRequest = FastifyRequest<{ Querystring: { to?: string; q?: string } }>;

/**
 * The inbox: `GET /inbox` is the page; with `Accept: application/json` it is the messages of `?to=`, newest last, or,
 * without `to`, the addresses seen (those that contain `?q=`), newest first. `GET /inbox/events` tells what arrives.
 */
export function registerInbox(app: FastifyInstance, inbox: Inbox): { closeWatchers(): void } {
  const page = loadPage();
  const watchers = new Set<ServerResponse>();

  app.get('/', (_request, reply) => reply.redirect('/inbox'));

  app.get('/inbox', (request: InboxRequest, reply) => {
    void reply.header('cache-control', 'no-store').header('vary', 'accept');
    if (!wantsJson(request.headers.accept)) {
      return reply.headers(page.headers).header('content-type', 'text/html; charset=utf-8').send(page.html);
    }
    const { to, q } = request.query;
    if (typeof to === 'string') return { messages: inbox.messagesTo(to) };
    return { addresses: inbox.addresses(typeof q === 'string' ? q : '', ADDRESSES_MAX) };
  });

  app.get('/inbox/events', (request, reply) => {
    if (watchers.size >= WATCHERS_MAX) return reply.code(503).send({ error: 'too many watch' });
    const stream = reply.raw;
    watchers.add(stream);
    stream.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      connection: 'keep-alive',
    });
    stream.write(': welcome\n\n');
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS);
    const unsubscribe = inbox.subscribe((event) => {
      if (stream.writableLength > UNREAD_MAX_BYTES) stream.destroy();
      else stream.write(toServerSentEvent(event));
    });
    request.raw.once('close', () => {
      clearInterval(heartbeat);
      unsubscribe();
      watchers.delete(stream);
    });
    return reply.hijack();
  });

  return {
    closeWatchers() {
      for (const stream of watchers) stream.end();
    },
  };
}

function toServerSentEvent(event: InboxMessage | 'cleared'): string {
  if (event === 'cleared') return 'event: cleared\ndata: {}\n\n';
  return `event: message\nid: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** JSON only to those who name it and would not rather have the page. */
function wantsJson(accept = ''): boolean {
  return accept.includes('application/json') && !accept.includes('text/html');
}
