import { hashApiKey } from '@watchword/otp';
import type { FastifyReply, FastifyRequest, preHandlerAsyncHookHandler } from 'fastify';
import type { TenantConfig } from '../config/compile.ts';
import { sendProblem } from '../http/problem.ts';

interface Caller {
  tenant: TenantConfig;
  /** Of the key that was given: whether what is told of all tenants together is for its holder. */
  seesAll: boolean;
}

const callers = new WeakMap<FastifyRequest, Caller>();

/**
 * An `onRequest` hook that lets only requests with a tenant's API key pass (`Authorization: Bearer …`). Keys are looked up
 * by their SHA-256: they have 130 random bits, so neither a slow hash nor a constant-time compare would add anything.
 */
export function createAuthentication(known: readonly TenantConfig[]): preHandlerAsyncHookHandler {
  const byHash = new Map(
    known.flatMap((tenant) => tenant.apiKeys.map(({ sha256, seesAll }) => [sha256, { tenant, seesAll }] as const)),
  );
  return async (request, reply) => {
    const [scheme, key, ...rest] = (request.headers.authorization ?? '').split(' ');
    const caller =
      scheme?.toLowerCase() === 'bearer' && key && rest.length === 0 ? byHash.get(hashApiKey(key)) : undefined;
    if (!caller) return refuse(reply, key !== undefined);
    callers.set(request, caller);
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

/**
 * An `onRequest` hook, behind `createAuthentication`. Tenants may be companies that compete: how much is sent through whom, how well
 * it arrives and what it costs is no concern of theirs.
 */
export const onlyWhoSeesAll: preHandlerAsyncHookHandler = async (request, reply) =>
  callerOf(request).seesAll
    ? undefined
    : sendProblem(reply, {
        status: 403,
        code: 'forbidden',
        detail:
          'This tells what is known of all tenants together. It takes an API key that has `sees_all: true` in the configuration.',
      });

/** Who asks. Only behind `createAuthentication`. */
export function tenantOf(request: FastifyRequest): TenantConfig {
  return callerOf(request).tenant;
}

function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (!caller) throw new TypeError('this route has no authentication');
  return caller;
}
