import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseBehaviour } from '../behaviour.ts';
import { describeErrors, type FieldError } from '../field-errors.ts';
import type { Network } from '../network.ts';
import type { Providers, SimProvider } from '../providers.ts';

/** Entries of the ledger that one answer holds; `next` leads to the rest. */
const LEDGER_PAGE_MAX = 10_000;

const ResetRequest = Compile(
  Type.Object(
    {
      behaviours: Type.Optional(Type.Boolean()),
      messages: Type.Optional(Type.Boolean()),
      random: Type.Optional(Type.Boolean()),
      seed: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  ),
);

type ByName = FastifyRequest<{ Params: { name: string } }>;

/** Looks at and changes a running simulator: behaviours, the ledger, a fresh start. */
export function registerControl(app: FastifyInstance, network: Network, providers: Providers): void {
  app.get('/control/providers', () => ({ providers: providers.list().map(show) }));

  app.get('/control/providers/:name', (request: ByName, reply) => {
    const provider = providers.get(request.params.name);
    return provider ? show(provider) : notFound(reply);
  });

  app.put('/control/providers/:name', (request: ByName, reply) => change(request, reply, 'replace'));
  app.patch('/control/providers/:name', (request: ByName, reply) => change(request, reply, 'merge'));

  app.post('/control/reset', (request, reply) => {
    const body = request.body ?? {};
    if (!ResetRequest.Check(body)) return refuse(reply, describeErrors(ResetRequest.Errors(body)));
    if (body.behaviours ?? true) providers.resetBehaviours();
    if (body.random ?? true) providers.resetRandom(body.seed);
    if (body.messages ?? true) forgetMessages(network);
    return reply.code(204).send();
  });

  app.get('/control/ledger', (request: FastifyRequest<{ Querystring: { since?: string } }>, reply) => {
    const after = parseSince(request.query.since ?? '0');
    if (!after) return refuse(reply, [{ path: '/since', message: 'must be a `seq` (an integer) or an ISO 8601 time' }]);
    const entries = network.ledger.read(after, LEDGER_PAGE_MAX);
    return { entries, next: entries.at(-1)?.seq ?? ('seq' in after ? after.seq : null) };
  });

  function change(request: ByName, reply: FastifyReply, how: 'replace' | 'merge') {
    const provider = providers.get(request.params.name);
    if (!provider) return notFound(reply);
    const base = how === 'merge' ? provider.behaviour : undefined;
    const parsed = parseBehaviour(request.body, provider.config.protocol, base);
    if (parsed.outcome === 'invalid') return refuse(reply, parsed.errors);
    provider.behaviour = parsed.behaviour;
    network.log.info({ provider: provider.config.name }, 'behaviour changed');
    return show(provider);
  }
}

function forgetMessages(network: Network): void {
  network.arrivals.clear();
  network.receipts.clear();
  network.webhooks.clear();
  network.inbox.clear();
  network.ledger.clear();
}

function parseSince(since: string): { seq: number } | { at: string } | undefined {
  if (/^[0-9]{1,15}$/.test(since)) return { seq: Number(since) };
  const time = Date.parse(since);
  return Number.isNaN(time) ? undefined : { at: new Date(time).toISOString() };
}

/** Never the credentials. */
function show({ config, behaviour, counts }: SimProvider): object {
  return { name: config.name, protocol: config.protocol, counts, behaviour };
}

function refuse(reply: FastifyReply, errors: FieldError[]): FastifyReply {
  const detail = errors.map((error) => `${error.path || '/'} ${error.message}`).join('; ');
  return sendProblem(reply, { status: 400, title: 'Invalid request', detail, errors });
}

function notFound(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, { status: 404, title: 'Not found', detail: 'There is no provider of this name.' });
}

/** RFC 9457. */
function sendProblem(
  reply: FastifyReply,
  problem: { status: number; title: string; detail: string; errors?: FieldError[] },
): FastifyReply {
  return reply
    .code(problem.status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}
