import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takeBreaches } from '../../src/answers/hold-answers.ts';

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"undocumented": true}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await once(server, 'close');
});

it('an answer that breaks OpenAPI is noticed whoever calls, and the caller reads it all the same', async () => {
  const response = await fetch(`${url}/v1/verifications`, { method: 'POST', body: '{}' });
  expect(await response.json()).toEqual({ undocumented: true });
  await fetch(new Request(`${url}/.well-known/other`));
  expect(takeBreaches()).toEqual(['POST /v1/verifications → 200: this status is not in the document']);
});
