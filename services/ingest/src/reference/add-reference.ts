import { createReadStream } from 'node:fs';
import { PATHS, renderOpenApi, routerPath } from '@watchword/contracts';
import { sendProblem } from '@watchword/runtime';
import type { FastifyInstance } from 'fastify';
import { findReference } from './reference-files.ts';

/** The files' version is in their path: a browser asks for each of them once. */
const FILE_MAX_AGE_S = 31_536_000;

/** Swagger UI runs under it as it is. `data:` is for its icons. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const PAGE_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

/** `/openapi.json`, and `/docs`: the same as a page, on which the API can be tried. Loads nothing from anywhere else. */
export function addReference(app: FastifyInstance, version: string): void {
  const document = renderOpenApi(version);
  const { html, version: filesVersion, files } = findReference();
  app.get(PATHS.openApi.path, async () => document);
  app.get(PATHS.reference.path, async (_request, reply) =>
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(html),
  );
  // Relative, since a gateway may have put the API below a path of its own.
  app.get('/', async (_request, reply) => reply.redirect('docs'));
  app.get(`${PATHS.reference.path}/`, async (_request, reply) => reply.redirect('../docs'));
  app.get<{ Params: { version: string; file: string } }>(
    routerPath(PATHS.referenceFile.path),
    async ({ params }, reply) => {
      const file = params.version === filesVersion ? files.get(params.file) : undefined;
      if (!file) return sendProblem(reply, { status: 404, code: 'not_found', detail: 'The page has no such file.' });
      return reply
        .header('cache-control', `public, max-age=${FILE_MAX_AGE_S}, immutable`)
        .header('x-content-type-options', 'nosniff')
        .type(file.type)
        .send(createReadStream(file.path));
    },
  );
}
