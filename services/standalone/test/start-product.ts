import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { startCarrierSim, type BehaviourPatch, type CarrierSim } from '@watchword/carrier-sim';
import { CHANNELS, type CheckAnswer, type Problem, type SendAnswer, type VerificationView } from '@watchword/contracts';
import { delivery } from '@watchword/delivery';
import { dispatcher } from '@watchword/dispatcher';
import { ingest } from '@watchword/ingest';
import { qualityMonitor } from '@watchword/quality-monitor';
import { receipts } from '@watchword/receipts';
import { loadConfig, startProcess, type Config, type RunningProcess } from '@watchword/runtime';
import { freePort, waitFor, type GivenRedis } from '@watchword/testkit';
import { verify } from '@watchword/verify';
import { pino } from 'pino';
import { inject } from 'vitest';
import { prepareHome, simulatedProviders, type Home } from '@watchword/cli';
import { untilRestored } from './until-restored.ts';

export interface InboxMessage {
  to: string;
  channel: string;
  provider: string;
  text: string;
  received_at: string;
}

export interface Answered<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** An answer's body, or a problem's: tests look at the status first. */
type OrProblem<T> = T & Omit<Problem, 'status' | 'type' | 'title'>;

/** The whole product in this process, on the run's Redis and Kafka, under a namespace of its own. */
export interface Product {
  url: string;
  apiKey: string;
  simulator: CarrierSim;
  process: RunningProcess;
  /** What it runs on; with it a test can start a service of the same deployment once more. */
  config: Config;
  namespace: string;
  topicPrefix: string;
  /** The secrets of its configuration. */
  secret: Home['secret'];
  /** What a service needs to run beside it as a process of its own, on a port of its own. */
  environment: Readonly<Record<string, string>>;
  /** Everything that was logged, as text. */
  logged(): string;
  call<T = unknown>(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Answered<T>>;
  /** The very first one is tried again at a 503, as clients are told: it finds connections cold, and the machine may be busy. */
  start(body: object, headers?: Record<string, string>): Promise<Answered<OrProblem<SendAnswer>>>;
  read(id: string): Promise<VerificationView>;
  check(id: string, code: string): Promise<Answered<OrProblem<CheckAnswer>>>;
  inbox(to: string): Promise<InboxMessage[]>;
  /** Waits until an address has `count` messages. */
  messages(to: string, count?: number): Promise<InboxMessage[]>;
  /** Changes how a virtual provider behaves. */
  behave(provider: string, behaviour: BehaviourPatch): Promise<void>;
  stop(): Promise<void>;
}

const CLUSTER = 'cluster: { nodes: "${env:REDIS_NODES}" }';

/** The code in a text or in the words of a call. */
export function codeIn(text: string): string {
  const digits = /(?<![\d+])(?:\d[\s.,]*){6}(?!\d)/.exec(text)?.[0].replaceAll(/\D/g, '');
  if (digits === undefined) throw new Error('no code of six digits in it');
  return digits;
}

/**
 * @param edit changes the text of the configuration that a first start writes
 * @param options.redis another one than the run's
 * @param options.without names of services that are left out, for a test to run them as processes
 * @param options.learns whether scores are made of what happens: then providers that do badly lose their traffic, and the configured
 *   order is no longer who is asked first
 */
export async function startProduct(
  edit: (yaml: string) => string = (yaml) => yaml,
  {
    without = [],
    learns = false,
    env: ownEnv = {},
    redis = inject('redis'),
  }: { without?: readonly string[]; learns?: boolean; env?: Record<string, string>; redis?: GivenRedis } = {},
): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'watchword-product-'));
  const unique = randomBytes(4).toString('hex');
  const namespace = `t${unique}-`;
  const topicPrefix = `t${unique}.`;
  const home = prepareHome(folder);
  const yaml = readFileSync(home.configPath, 'utf8')
    .replace('redis:\n', `redis:\n  namespace: ${namespace}\n`)
    .replace('url: ${env:REDIS_URL}', redis.nodes.length === 0 ? 'url: ${env:REDIS_URL}' : CLUSTER)
    .replace('kafka:\n', `kafka:\n  topic_prefix: ${topicPrefix}\n`);
  writeFileSync(home.configPath, edit(yaml));

  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const simulator = await startCarrierSim(
    { host: '127.0.0.1', port: 0, smtpPort: 0, seed: 1, ...simulatedProviders(home) },
    { log },
  );
  const port = await freePort();
  const env = {
    HTTP_PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: redis.url,
    REDIS_NODES: redis.nodes.join(','),
    KAFKA_BROKERS: inject('kafkaBrokers').join(','),
    CARRIER_SIM_URL: simulator.url,
    CARRIER_SIM_SMTP_PORT: String(simulator.smtpPort),
    ...ownEnv,
  };
  const services = [
    dispatcher,
    delivery(CHANNELS, undefined),
    receipts,
    verify,
    ...(learns ? [qualityMonitor] : []),
    ingest,
  ].filter(({ name }) => !without.includes(name));
  const config = loadConfig(home.configPath, { env });
  const running = await startProcess({ config, services, name: 'product', log });
  await waitFor(() => running.readiness.report().ready, { timeoutMs: 30_000, what: 'the product to be ready' });
  if (!without.includes('dispatcher'))
    await untilRestored(ownEnv['REDIS_URL'] === undefined ? redis : { url: env.REDIS_URL, nodes: [] }, namespace);

  const apiKey = home.secret('api-key');
  const call = (async (method: string, path: string, body?: object, headers?: object) => {
    const response = await fetch(`${running.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }) as Product['call'];
  let served = false;
  const start: Product['start'] = async (body, headers) => {
    const once: () => ReturnType<Product['start']> = async () => call('POST', '/v1/verifications', body, headers);
    const answered = await (served ? once() : untilAnswered(once));
    served = true;
    return answered;
  };
  const inbox: Product['inbox'] = async (to) => {
    const response = await fetch(`${simulator.inboxUrl}?to=${encodeURIComponent(to)}`, {
      headers: { accept: 'application/json' },
    });
    return ((await response.json()) as { messages: InboxMessage[] }).messages;
  };
  return {
    url: running.url,
    apiKey,
    simulator,
    process: running,
    config,
    namespace,
    topicPrefix,
    secret: (name) => home.secret(name),
    environment: { ...env, WATCHWORD_CONFIG: home.configPath },
    logged: () => lines.join(''),
    call,
    start,
    read: async (id) => (await call<VerificationView>('GET', `/v1/verifications/${id}`)).body,
    check: async (id, code) => call('POST', `/v1/verifications/${id}/check`, { code }),
    inbox,
    messages: async (to, count = 1) => {
      let seen: InboxMessage[] = [];
      await waitFor(async () => (seen = await inbox(to)).length >= count, {
        timeoutMs: 20_000,
        what: `${count} messages for an address`,
      });
      return seen;
    },
    behave: async (provider, behaviour) => {
      const response = await fetch(`${simulator.url}/control/providers/${provider}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(behaviour),
      });
      if (!response.ok) throw new Error(`the simulator refused: ${await response.text()}`);
    },
    stop: async () => {
      await running.stop();
      await simulator.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Does as a client is told by 503 and Retry-After: on a loaded machine Kafka may take its time. */
export async function untilAnswered<T extends { status: number }>(call: () => Promise<T>): Promise<T> {
  return waitFor(
    async () => {
      const answered = await call();
      return answered.status !== 503 && answered;
    },
    { timeoutMs: 20_000, intervalMs: 500, what: 'an answer that is no 503' },
  );
}

let numbers = 0;
/** A number of nobody that this run has not used: German mobile range that libphonenumber takes for valid. */
export function freshNumber(): string {
  numbers += 1;
  return `+4915${String(100_000_000 + Math.floor(Math.random() * 9_000) * 10_000 + numbers)}`;
}
