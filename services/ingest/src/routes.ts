import {
  IdempotencyHeaders,
  PATHS,
  parseVerificationId,
  routerPath,
  type Operation,
  type StartRequest,
} from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';
import {
  ATTRIBUTE,
  BEING_RESTORED,
  answer,
  createAuthentication,
  onlyWhoSeesAll,
  problem,
  runIdempotently,
  sendProblem,
  tenantOf,
  type Answer,
  type IdempotencyDeps,
  type ServiceConfig,
  type Spans,
  type State,
  type TenantConfig,
} from '@watchword/runtime';
import { traceOf, type Verification } from '@watchword/verification';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Ask, AskForSend } from './ask-for-send.ts';
import { renderJwkSet } from './ingress/jwk-set.ts';
import { addReference } from './reference/add-reference.ts';
import type { PrepareStart } from './start-entrance.ts';
import { tooMany } from './too-many.ts';
import { createRoutingView } from './view-routing.ts';
import { viewSend, viewVerification } from './view-verification.ts';

export interface RoutesDeps {
  state: State;
  idempotency: Pick<IdempotencyDeps, 'store' | 'keys'>;
  region: string;
  version: string;
  tenants: readonly TenantConfig[];
  /** Their prices are told in a currency. */
  providers: ServiceConfig['providers'];
  prepare: PrepareStart;
  ask: AskForSend;
  /** Where tracing is on. */
  spans: Spans | undefined;
  /** Undefined where the deployment has none. */
  ingressKeys: KeyRing<'ingress'> | undefined;
}

/** How long a platform may go on with the keys it knows: a new one is used soon, and the former one is kept for longer. */
const JWK_SET_MAX_AGE_S = 300;

/** The API of ingest: start, read, resend, next, cancel. */
export function createRoutes(deps: RoutesDeps): FastifyPluginAsync {
  return async (app) => {
    addReference(app, deps.version);
    const jwkSet = renderJwkSet(deps.ingressKeys);
    const { path, answers } = PATHS.jwks;
    app.get(path, { schema: { response: { 200: answers[200].schema } } }, async (_request, reply) =>
      reply.header('cache-control', `public, max-age=${JWK_SET_MAX_AGE_S}`).send(jwkSet),
    );
    await app.register(async (api) => {
      api.addHook('onRequest', createAuthentication(deps.tenants));
      addStart(api, deps);
      const looks: [Operation & ('read' | 'routing'), View][] = [
        ['read', viewVerification],
        ['routing', createRoutingView(deps.providers)],
      ];
      for (const [operation, view] of looks) {
        addOne(
          api,
          operation,
          async (request, reply, id) => send(reply, await read(deps, tenantOf(request), id, view)),
          deps,
        );
      }
      const acts: [Operation & ('resend' | 'next' | 'cancel'), Act][] = [
        ['resend', async (of, tenant, id) => askForSend(of, tenant, { what: 'resend', id })],
        ['next', async (of, tenant, id) => askForSend(of, tenant, { what: 'next', id })],
        ['cancel', cancel],
      ];
      for (const [operation, act] of acts) {
        addOne(
          api,
          operation,
          async (request, reply, id) =>
            runIdempotently(deps.idempotency, request, reply, async () => act(deps, tenantOf(request), id)),
          deps,
        );
      }
    });
  };
}

type Act = (deps: RoutesDeps, tenant: TenantConfig, id: string) => Promise<Answer>;
type View = (verification: Verification) => object;
type App = Parameters<FastifyPluginAsync>[0];

function addStart(api: App, deps: RoutesDeps): void {
  const { path, body, answers } = PATHS.start;
  api.post<{ Body: StartRequest }>(
    path,
    { schema: { body, headers: IdempotencyHeaders, response: { 202: answers[202].schema } } },
    async (request, reply) => {
      const { id, run } = await deps.prepare(tenantOf(request), request.body, {
        traceparent: request.headers['traceparent'],
      });
      return runIdempotently({ ...deps.idempotency, id }, request, reply, async (call) => run(call.id));
    },
  );
}

/** A route on one verification: the id is looked at before anything is asked of Redis. */
function addOne(
  api: App,
  operation: Extract<Operation, 'read' | 'routing' | 'resend' | 'next' | 'cancel'>,
  handle: (request: FastifyRequest, reply: FastifyReply, id: string) => Promise<FastifyReply>,
  { region }: Pick<RoutesDeps, 'region'>,
): void {
  const { method, path, params } = PATHS[operation];
  // a read repeats by itself: it pays no heed to the header
  const headers = 'idempotent' in PATHS[operation] ? { headers: IdempotencyHeaders } : {};
  const guard = 'seesAll' in PATHS[operation] ? { onRequest: onlyWhoSeesAll } : {};
  api.route<{ Params: { id: string } }>({
    method,
    url: routerPath(path),
    schema: { params, ...headers },
    ...guard,
    handler: async (request, reply) => {
      const parts = parseVerificationId(request.params.id);
      if (!parts) return sendProblem(reply, NOT_FOUND);
      if (parts.region !== region)
        return sendProblem(reply, { ...MISDIRECTED, detail: `It lives in region ${parts.region}.` });
      return handle(request, reply, request.params.id);
    },
  });
}

const NOT_FOUND = { status: 404, code: 'not_found', detail: 'This tenant has no such verification.' };
const MISDIRECTED = { status: 421, code: 'other_region' };

async function read({ state }: RoutesDeps, tenant: TenantConfig, id: string, view: View): Promise<Answer> {
  const { verification, waitsFor } = await state.store.read(id);
  if (!verification && waitsFor === 'reading') return problem(BEING_RESTORED);
  if (!verification || verification.tenant !== tenant.id) return problem(NOT_FOUND);
  return answer(200, view(verification));
}

async function askForSend(deps: RoutesDeps, tenant: TenantConfig, ask: Ask): Promise<Answer> {
  const result = await deps.ask(tenant, ask);
  switch (result.outcome) {
    case 'asked':
      return answer(202, viewSend(result.state, true));
    case 'open':
      return answer(202, viewSend(result.state, false));
    case 'cooling':
      return problem({
        status: 429,
        code: 'cooling_down',
        detail: 'The last message was asked for a moment ago.',
        retryAfterMs: result.retryAfterMs,
      });
    case 'refused':
      return tooMany(result);
    case 'last':
      return problem({ status: 409, code: 'no_next_step', detail: 'This is the last step of the workflow.' });
    case 'tooLate':
      return problem({
        status: 409,
        code: 'too_late',
        detail: 'Too little of its life is left for another message. Start again: that makes a new verification.',
      });
    case 'ended':
      return problem(ended(result.status));
    case 'recovering':
      return problem(BEING_RESTORED);
    case 'unknown':
      return problem(NOT_FOUND);
  }
}

async function cancel({ state, spans }: RoutesDeps, tenant: TenantConfig, id: string): Promise<Answer> {
  const result = await state.store.cancel(id, tenant.id);
  if (result.outcome !== 'ended') return problem(result.outcome === 'recovering' ? BEING_RESTORED : NOT_FOUND);
  const { status, entries } = result;
  const [event] = entries;
  if (spans && event) {
    const origin = { from: 'verification', traceparent: traceOf(event) } as const;
    const attributes = { [ATTRIBUTE.verification]: id, [ATTRIBUTE.outcome]: status };
    await spans.run({ name: 'cancel', kind: 'internal', origin, attributes }, async () => state.outbox.ship(entries));
  } else state.outbox.ship(entries);
  return answer(200, { id, status });
}

function ended(status: string) {
  return { status: 409, code: 'ended', detail: `This verification has ended: ${status}.` };
}

async function send(reply: FastifyReply, result: Answer): Promise<FastifyReply> {
  return result.status === 'problem' ? sendProblem(reply, result.problem) : reply.code(result.status).send(result.body);
}
