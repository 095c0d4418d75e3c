import { IdempotencyHeaders, PATHS, routerPath } from '@watchword/contracts';
import { createAuthentication, runIdempotently, tenantOf, type State, type TenantConfig } from '@watchword/runtime';
import type { FastifyPluginAsync } from 'fastify';
import { checkByAddress, checkCode, type CheckDeps } from './check-code.ts';

export interface RoutesDeps extends CheckDeps {
  state: State;
  tenants: readonly TenantConfig[];
}

/** The API of verify: check by id and by address. */
export function createRoutes(deps: RoutesDeps): FastifyPluginAsync {
  const idempotency = { store: deps.state.idempotency, keys: deps.keys };
  return async (app) => {
    app.addHook('onRequest', createAuthentication(deps.tenants));
    const { check, checkByAddress: byAddress } = PATHS;
    app.post<{ Params: { id: string }; Body: { code: string } }>(
      routerPath(check.path),
      {
        schema: {
          params: check.params,
          body: check.body,
          headers: IdempotencyHeaders,
          response: { 200: check.answers[200].schema },
        },
      },
      async (request, reply) =>
        runIdempotently(idempotency, request, reply, async ({ keyHash }) =>
          checkCode(deps, tenantOf(request), request.params.id, request.body.code, keyHash),
        ),
    );
    app.post<{ Body: { to: string; code: string; purpose?: string } }>(
      byAddress.path,
      {
        schema: { body: byAddress.body, headers: IdempotencyHeaders, response: { 200: byAddress.answers[200].schema } },
      },
      async (request, reply) =>
        runIdempotently(idempotency, request, reply, async ({ keyHash }) =>
          checkByAddress(deps, tenantOf(request), request.body, keyHash),
        ),
    );
  };
}
