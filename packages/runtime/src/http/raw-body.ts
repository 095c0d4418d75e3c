import type { FastifyInstance } from 'fastify';

/**
 * From here on in this context bodies come as they were sent: `request.body` is a `Buffer` whatever the content type
 * (empty where there is none). For webhooks, whose signature covers the bytes. Call it inside an own
 * `app.register(async (scope) => …)`; the routes beside keep their JSON parser.
 */
export function keepRawBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  scope.addHook('preValidation', (request, _reply, done) => {
    request.body ??= Buffer.alloc(0);
    done();
  });
}
