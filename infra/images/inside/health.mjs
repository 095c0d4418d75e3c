// The image's health check, for bases without curl: `node health.mjs [path or address]` ends with 0 where the answer is 2xx.
// Without an argument it asks for /livez at HTTP_PORT, or 8080.
import { get } from 'node:http';

const ANSWER_MAX_MS = 2_000;

const url = new URL(process.argv[2] ?? '/livez', `http://127.0.0.1:${process.env.HTTP_PORT ?? 8080}`);
const request = get(url, { timeout: ANSWER_MAX_MS, agent: false });
request.on('response', ({ statusCode }) => end(statusCode >= 200 && statusCode < 300, `HTTP ${statusCode}`));
request.on('timeout', () => end(false, `no answer in ${ANSWER_MAX_MS} ms`));
request.on('error', ({ message }) => end(false, message));

function end(isHealthy, why) {
  if (!isHealthy) console.error(`${url.href}: ${why}`);
  process.exit(isHealthy ? 0 : 1);
}
