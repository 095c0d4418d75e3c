import { PATHS, routerPath } from '@watchword/contracts';
import { keepRawBody, sendProblem } from '@watchword/runtime';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { takeWebhook, type WebhookDeps, type WebhookProvider } from './take-webhook.ts';

type WebhookRoute = { Params: { provider: string; '*'?: string }; Querystring: Record<string, string> };

/** `POST /webhooks/<provider>` and everything below it: receipts, authenticated on the raw body. */
export function createRoutes(deps: WebhookDeps, providers: ReadonlyMap<string, WebhookProvider>): FastifyPluginAsync {
  return async (app) => {
    keepRawBody(app);
    const handler = async (request: FastifyRequest<WebhookRoute>, reply: FastifyReply): Promise<FastifyReply> => {
      const provider = providers.get(request.params.provider);
      if (!provider) {
        return sendProblem(reply, {
          status: 404,
          code: 'no_such_provider',
          detail: 'No provider of this name sends webhooks.',
        });
      }
      const rest = request.params['*'];
      const result = await takeWebhook(deps, provider, {
        path: rest ? `/${rest}` : '',
        query: request.query,
        headers: request.headers as Record<string, string | undefined>,
        rawBody: request.body as Buffer,
        nowMs: Date.now(),
      });
      switch (result.outcome) {
        case 'kept':
          return reply.code(200).send({ kept: true });
        case 'refused':
          return sendProblem(reply, {
            status: 401,
            code: 'webhook_refused',
            detail: `The webhook is not authentic: ${result.reason}.`,
          });
        case 'malformed':
          return sendProblem(reply, {
            status: 400,
            code: 'webhook_malformed',
            detail: 'The webhook is not of a known shape.',
          });
      }
    };
    const below = routerPath(PATHS.webhook.path);
    app.post<WebhookRoute>(below.replace(/\/\*$/, ''), handler);
    app.post<WebhookRoute>(below, handler);
  };
}
