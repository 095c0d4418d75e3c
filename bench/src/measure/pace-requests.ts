import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Offer } from './offer-requests.ts';

/**
 * Offers requests as people come, one by one and each at a moment of its own (a Poisson process): what a load generator sends at once at
 * the top of every second would measure the queue that it makes itself. Nobody waits for somebody else's answer.
 *
 * @param perSecond on average
 * @param onAnswer gets the body of every answer
 * @throws Error where an answer is not what it has to be
 */
export async function paceRequests(
  { url, status, requests }: Pick<Offer, 'url' | 'status' | 'requests'>,
  perSecond: number,
  onAnswer: (body: string) => void,
): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const open: Promise<void>[] = [];
  let dueAt = performance.now();
  for (const request of requests) {
    dueAt += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    open.push(send(agent, url, request, status).then(onAnswer));
  }
  await Promise.all(open);
  agent.destroy();
}

async function send(agent: Agent, url: string, offered: Offer['requests'][number], status: number): Promise<string> {
  const { method, path, headers, body } = offered;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = httpRequest(new URL(path, url), { agent, method, headers }, (response) => {
    response.setEncoding('utf8');
    let text = '';
    response.on('data', (chunk: string) => (text += chunk));
    response.on('end', () =>
      response.statusCode === status
        ? resolve(text)
        : reject(new Error(`answered ${response.statusCode}, not ${status}`)),
    );
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}
