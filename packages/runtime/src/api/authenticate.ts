import { hashApiKey } from '@watchword/otp';
import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { TenantConfig } from '../config/compile.ts';
import { sendProblem } from '../http/problem.ts';

const tenants = new WeakMap<FastifyRequest, TenantConfig>();

/**
 * An `onRequest` hook that lets only requests with a tenant's API key pass (`Authorization: Bearer …`). Keys are looked up
 * by their SHA-256: they have 130 random bits, so neither a slow hash nor a constant-time compare would add anything.
 */
export function createAuthentication(known: readonly TenantConfig[]): preHandlerAsyncHookHandler {
  const byHash = new Map(known.flatMap((tenant) => tenant.apiKeys.map(({ sha256 }) => [sha256, tenant] as const)));
  return async (request, reply) => {
    const [scheme, key, ...rest] = (request.headers.authorization ?? '').split(' ');
    const tenant =
      scheme?.toLowerCase() === 'bearer' && key && rest.length === 0 ? byHash.get(hashApiKey(key)) : undefined;
    if (!tenant) return refuse(reply, key !== undefined);
    tenants.set(request, tenant);
    return undefined;
  };
}

function refuse(reply: FastifyReply, given: boolean): FastifyReply {
  void reply.header('www-authenticate', 'Bearer');
  return sendProblem(reply, {
    status: 401,
    code: 'unauthorized',
    detail: given ? 'This API key is not known.' : 'Send an API key: Authorization: Bearer <key>.',
  });
}

/** Who asks. Only behind `createAuthentication`. */
export function tenantOf(request: FastifyRequest): TenantConfig {
  const tenant = tenants.get(request);
  if (!tenant) throw new TypeError('this route has no authentication');
  return tenant;
}
