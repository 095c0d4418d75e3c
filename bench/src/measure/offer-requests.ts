import autocannon from 'autocannon';

export interface Offer {
  url: string;
  connections: number;
  /** Made one after the other; each is sent once. */
  requests: readonly { method: 'POST'; path: string; headers: Record<string, string>; body: string }[];
  /** What every answer has to be. */
  status: number;
}

export interface Offered {
  count: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * As fast as they are answered, over so many connections.
 *
 * @throws Error where an answer is not what it has to be: then there is nothing to measure
 */
export async function offerRequests(offer: Offer): Promise<Offered> {
  const { url, connections, requests, status } = offer;
  let next = 0;
  const begunAt = performance.now();
  const wrong = new Map<number, number>();
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        amount: requests.length,
        requests: [
          {
            setupRequest: (request) => {
              const { method, path, headers, body } = requests[next++ % requests.length]!;
              return { ...request, method, path, headers: { ...request.headers, ...headers }, body };
            },
          },
        ],
      },
      (error: unknown, done: autocannon.Result) => (error ? reject(error) : resolve(done)),
    );
    instance.on('response', (_client, code) => {
      if (code !== status) wrong.set(code, (wrong.get(code) ?? 0) + 1);
    });
  });
  const seconds = (performance.now() - begunAt) / 1000;
  if (wrong.size > 0 || result.errors > 0) {
    const found = [...wrong].map(([code, count]) => `${count} × ${code}`).join(', ');
    throw new Error(`not every answer was ${status}: ${found || 'none wrong'}, ${result.errors} without an answer`);
  }
  return {
    count: requests.length,
    perSecond: requests.length / seconds,
    p50Ms: result.latency.p50,
    p99Ms: result.latency.p99,
  };
}
