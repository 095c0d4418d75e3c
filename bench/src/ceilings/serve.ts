import Fastify, { type FastifyInstance } from 'fastify';

/** A bare Fastify with the product's own setting of validation: what a route costs before it does anything of use. */
export async function serve(add: (app: FastifyInstance) => void): Promise<void> {
  const app = Fastify({ ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } } });
  app.get('/readyz', async () => ({ ready: true }));
  add(app);
  await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
}
