import { generateKeyPairSync } from 'node:crypto';
import { Vonage } from '@vonage/server-sdk';
import { pino } from 'pino';
import {
  type BehaviourPatch,
  type CarrierSim,
  type CarrierSimConfig,
  type InboxMessage,
  type LedgerEntry,
  startCarrierSim,
} from '../src/index.ts';

export const API_KEY = 'abcd1234';
const API_SECRET = 'a secret';
export const APPLICATION_ID = '8f7a4a3c-0000-4000-8000-000000000001';
export const SIGNATURE_SECRET = 'a signature secret of some length';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** For `expect.poll`: what a busy machine may take at most. */
export const SOON = { timeout: 5000, interval: 10 };

/** Fast and certain, so that tests need not wait and chance has no say. */
const FAST: BehaviourPatch = {
  latency: { kind: 'fixed', median_ms: 20, spread: 0 },
  submit_latency_ms: 0,
  voice: { time_scale: 0.001 },
};

/** A simulator with an account `alpha` (JWT), one `beta` (Basic), and a mail provider `mail` for the user `mailer`. */
export async function startSim(change: Partial<CarrierSimConfig> = {}): Promise<CarrierSim> {
  return startCarrierSim(
    {
      host: '127.0.0.1',
      port: 0,
      smtpPort: 0,
      seed: 1,
      providers: [
        {
          name: 'alpha',
          protocol: 'vonage',
          apiKey: API_KEY,
          applicationId: APPLICATION_ID,
          publicKey,
          signatureSecret: SIGNATURE_SECRET,
          behaviour: FAST,
        },
        {
          name: 'beta',
          protocol: 'vonage',
          apiKey: API_KEY,
          apiSecret: API_SECRET,
          signatureSecret: SIGNATURE_SECRET,
          behaviour: FAST,
        },
        { name: 'mail', protocol: 'smtp', behaviour: FAST },
      ],
      accounts: [{ user: 'mailer', pass: 'mail secret', provider: 'mail' }],
      ...change,
    },
    { log: pino({ level: 'silent' }) },
  );
}

/** The real SDK, logged in by JWT. */
export function sdkFor(sim: CarrierSim, provider = 'alpha', timeout = 2000): Vonage {
  return new Vonage(
    { apiKey: API_KEY, applicationId: APPLICATION_ID, privateKey },
    { apiHost: `${sim.url}/p/${provider}`, timeout },
  );
}

/** The real SDK, logged in by key and secret. */
export function basicSdkFor(sim: CarrierSim, provider = 'beta', apiSecret = API_SECRET): Vonage {
  return new Vonage({ apiKey: API_KEY, apiSecret }, { apiHost: `${sim.url}/p/${provider}`, timeout: 2000 });
}

/** What the SDK's `messages.send` takes for an SMS. */
export const sms = (change: object = {}) => ({
  channel: 'sms' as const,
  messageType: 'text' as const,
  to: '4915112345678',
  from: 'Acme',
  text: 'Your code is 483920.',
  ...change,
});

/** What the SDK's `voice.createOutboundCall` takes. */
export const call = (change: object = {}) => ({
  to: [{ type: 'phone' as const, number: '4915112345678' }],
  from: { type: 'phone' as const, number: '447700900000' },
  ncco: [
    { action: 'talk' as const, text: '<speak>Code <say-as interpret-as="digits">483920</say-as>.</speak>', loop: 2 },
  ],
  ...change,
});

export async function control(sim: CarrierSim, method: string, path: string, body?: unknown): Promise<Response> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return fetch(`${sim.url}/control/${path}`, { method, ...(body === undefined ? {} : json) });
}

export async function behave(sim: CarrierSim, provider: string, behaviour: BehaviourPatch): Promise<void> {
  const response = await control(sim, 'PATCH', `providers/${provider}`, behaviour);
  if (!response.ok) throw new Error(await response.text());
}

export async function inbox(sim: CarrierSim, to: string): Promise<InboxMessage[]> {
  const response = await fetch(`${sim.inboxUrl}?to=${to}`, { headers: { accept: 'application/json' } });
  return ((await response.json()) as { messages: InboxMessage[] }).messages;
}

export async function ledger(sim: CarrierSim, since: number | string = 0): Promise<LedgerEntry[]> {
  const response = await control(sim, 'GET', `ledger?since=${since}`);
  return ((await response.json()) as { entries: LedgerEntry[] }).entries;
}

/** What the SDK threw, with the answer read. */
export async function refusal(promise: Promise<unknown>): Promise<{
  status: number;
  headers: Headers;
  problem: { type: string; title: string; invalid_parameters?: object[] };
}> {
  try {
    await promise;
  } catch (error) {
    const { response } = error as { response?: Response };
    if (!response) throw error;
    return {
      status: response.status,
      headers: response.headers,
      problem: (await response.json()) as { type: string; title: string },
    };
  }
  throw new Error('was not refused');
}
