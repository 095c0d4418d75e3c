import type { CheckAnswer, Problem, SendAnswer, VerificationView } from '@watchword/contracts';
import { CHANNELS } from '@watchword/contracts';
import { generateApiKey, hashApiKey } from '@watchword/otp';
import { connectGivenRedis, keysOf } from '@watchword/testkit';
import type { Cluster, Redis } from 'ioredis';
import { inject } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { codeIn, startProduct, untilAnswered, type Answered, type Product } from './start-product.ts';

/** Any answer of the API: which fields are there is for the test to know, which ones may be for `/openapi.json`. */
export type ApiBody = SendAnswer & VerificationView & CheckAnswer & Omit<Problem, 'status'>;
export type ApiAnswer = Answered<ApiBody>;
type Headers = Record<string, string>;

/** The API as one tenant calls it. */
export interface Caller {
  apiKey: string;
  ask(method: string, path: string, body?: object | string, headers?: Headers): Promise<ApiAnswer>;
  start(body: object, headers?: Headers): Promise<ApiAnswer>;
  check(id: string, code: string, headers?: Headers): Promise<ApiAnswer>;
  checkByAddress(body: { to: string; code: string; purpose?: string }): Promise<ApiAnswer>;
  act(what: 'resend' | 'next' | 'cancel', id: string, headers?: Headers): Promise<ApiAnswer>;
  read(id: string): Promise<ApiAnswer>;
  /** Starts and waits for the code. */
  receive(body: { to: string; channel?: string; purpose?: string; workflow?: unknown }): Promise<Received>;
  /** Resends and waits for the code. */
  receiveAgain(received: Received): Promise<string>;
}

interface Received {
  id: string;
  to: string;
  code: string;
}

export interface Api {
  product: Product;
  /** The tenant of the first configuration, with its defaults. */
  demo: Caller;
  /** The tenants that were added, in their order. */
  others: Caller[];
  redis: Redis | Cluster;
  /** The bodies of all answers that were no success. */
  problems: string[];
  /** The keys of this product in Redis, whoever wrote them. */
  keys(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface ApiOptions {
  /** YAML of further tenants: everything but id, names and key, at four spaces. */
  tenants?: readonly string[];
  edit?: (yaml: string) => string;
}

/** The whole product with a network that delivers at once, and callers of its API. */
export async function startApi({ tenants = [], edit = (yaml) => yaml }: ApiOptions = {}): Promise<Api> {
  const apiKeys = tenants.map(() => generateApiKey('dev'));
  const added = tenants.map((yaml, i) => describeTenant(`other-${i}`, apiKeys[i]!, yaml)).join('');
  const product = await startProduct((yaml) => edit(yaml.replace('tenants:\n', `tenants:\n${added}`)));
  await Promise.all(
    CHANNELS.flatMap((channel) => SIMULATED[channel]).map(async (name) => product.behave(name, AT_ONCE)),
  );
  const problems: string[] = [];
  const caller = (apiKey: string): Caller => createCaller(product, apiKey, problems);
  const redis = connectGivenRedis(inject('redis'));
  return {
    product,
    demo: caller(product.apiKey),
    others: apiKeys.map(caller),
    redis,
    problems,
    keys: async () => keysOf(redis, `*${product.namespace}*`),
    stop: async () => {
      redis.disconnect();
      await product.stop();
    },
  };
}

const AT_ONCE = {
  latency: { kind: 'fixed', median_ms: 0, spread: 0 },
  submit_latency_ms: 0,
  receipts: { delay_ms: 5 },
  voice: { time_scale: 0 },
} as const;

function describeTenant(id: string, apiKey: string, yaml: string): string {
  return `  - id: ${id}
    name: ${id}
    brand: Brand
    api_keys:
      - { id: dev, sha256: ${hashApiKey(apiKey)} }
${yaml.replace(/\n*$/, '\n')}`;
}

function createCaller(product: Product, apiKey: string, problems: string[]): Caller {
  const ask: Caller['ask'] = async (method, path, body, headers) => {
    const response = await fetch(`${product.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) problems.push(text);
    return { status: response.status, headers: response.headers, body: JSON.parse(text) as ApiBody };
  };
  const one = (id: string, what = ''): string => `/v1/verifications/${id}${what && `/${what}`}`;
  const start: Caller['start'] = async (body, headers) => ask('POST', '/v1/verifications', body, headers);
  const act: Caller['act'] = async (what, id, headers) => ask('POST', one(id, what), undefined, headers);
  const received = async (to: string, count: number): Promise<string> =>
    codeIn((await product.messages(to, count)).at(-1)!.text);
  return {
    apiKey,
    ask,
    start,
    act,
    check: async (id, code, headers) => ask('POST', one(id, 'check'), { code }, headers),
    checkByAddress: async (body) => ask('POST', one('check'), body),
    read: async (id) => ask('GET', one(id)),
    async receive(body) {
      const before = (await product.inbox(body.to)).length;
      const { id, sent } = (await untilServed(async () => start(body))).body;
      if (!sent) throw new Error('the start joined another one');
      return { id, to: body.to, code: await received(body.to, before + 1) };
    },
    async receiveAgain({ id, to }) {
      const before = (await product.inbox(to)).length;
      const {
        status,
        body: { sent },
      } = await act('resend', id);
      if (status !== 202 || !sent) throw new Error(`the resend was answered ${status}`);
      return received(to, before + 1);
    },
  };
}

/** A start that must be served, in the end. */
export async function untilServed(call: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  const answer = await untilAnswered(call);
  if (answer.status >= 300) throw new Error(`the start was answered ${answer.status} ${answer.body.code}`);
  return answer;
}

/** Codes of the same length that are none of `right`. */
export function wrongCodes(count: number, ...right: string[]): string[] {
  const wrong: string[] = [];
  for (let n = 0; wrong.length < count; n++) {
    const code = String(n).padStart(6, '0');
    if (!right.includes(code)) wrong.push(code);
  }
  return wrong;
}
