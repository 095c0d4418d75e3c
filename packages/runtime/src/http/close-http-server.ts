import type { FastifyInstance } from 'fastify';

/** Requests in flight get this long to end; then their connections are cut, so that the rest of the shutdown has its time. */
const IN_FLIGHT_MS = 5000;

/** Closes the port at once, lets requests in flight end, cuts what does not. */
export async function closeHttpServer(app: FastifyInstance, inFlightMs: number = IN_FLIGHT_MS): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), inFlightMs);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
