import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { attemptId, createVerificationId } from '@watchword/contracts';
import {
  createReceiver,
  createSubmitter,
  type Content,
  type NormalisedReceipt,
  type ProviderSettings,
  type Receiver,
  type WebhookRequest,
} from '@watchword/providers';
import { adapterConformance, type ConformanceHarness, type PeerMode } from '@watchword/providers/conformance';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BehaviourPatch, type CarrierSim, type LedgerEntry, startCarrierSim } from '../../src/index.ts';

/** The real adapters against the simulator: what one sends the other understands, and the other way round. */

const CODE = '904117';
const RETRY_AFTER_S = 7;
const DEPS = { debug: undefined };
const SIGNATURE_SECRET = 'a signature secret of length';
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const credentials = {
  apiKey: 'abcd1234',
  applicationId: 'app-1',
  privateKey,
  signatureSecret: SIGNATURE_SECRET,
};

let sim: CarrierSim;
beforeAll(async () => {
  const { privateKey: publicKey, ...account } = credentials;
  sim = await startCarrierSim(
    {
      host: '127.0.0.1',
      port: 0,
      smtpPort: 0,
      seed: 1,
      providers: [{ ...account, publicKey, name: 'acme', protocol: 'vonage' }],
      accounts: [],
    },
    { log: pino({ level: 'silent' }) },
  );
});
afterAll(async () => sim.stop());
beforeEach(async () => post('/control/reset', {}));

const sms = (host: string): ProviderSettings => ({
  ...credentials,
  type: 'vonage-messages',
  name: 'acme',
  from: 'Watchword',
  apiHost: `${host}/p/acme`,
});
const voice = (host: string): ProviderSettings => ({
  ...credentials,
  type: 'vonage-voice',
  name: 'acme',
  from: '+15550100',
  apiHost: `${host}/p/acme`,
});
const mail = (host: string): ProviderSettings => ({
  type: 'smtp',
  name: 'mail-a',
  host: '127.0.0.1',
  port: host === sim.url ? sim.smtpPort : 1,
  tls: 'none',
  from: 'Watchword <codes@watchword.test>',
});

const SMS: Content = { channel: 'sms', text: `${CODE} is your code` };
// The pauses make it as long as a real announcement, and longer than one reading.
const CALL: Content = {
  channel: 'voice',
  language: 'en-US',
  ssml: `<speak>Your code is <break time="5s"/> ${CODE}. Again: <break time="5s"/> ${CODE}.</speak>`,
};
const MAIL: Content = { channel: 'email', subject: 'Your code', text: CODE, html: `<b>${CODE}</b>` };

// The simulator takes calls to numbers that do not exist and says so by webhook; SMTP has no 200 with HTML.
const HARNESSES: [string, ConformanceHarness][] = [
  ['vonage-messages', harnessFor('acme', sms, '+447700900123', SMS, { throttleMs: RETRY_AFTER_S * 1000 })],
  [
    'vonage-voice',
    harnessFor('acme', voice, '+447700900123', CALL, {
      throttleMs: RETRY_AFTER_S * 1000,
      lacks: ['refuses-recipient'],
    }),
  ],
  ['smtp', harnessFor('smtp', mail, 'ada@example.org', MAIL, { lacks: ['answers-garbage'] })],
];

describe.each(HARNESSES)('%s against the simulator', (_type, harness) => {
  it.each(adapterConformance(harness))('$promise', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

describe('receipts of the simulator', () => {
  it('of a delivered SMS are verified, and say so for our attempt', async () => {
    const receipts = await receiptsOf(sms, SMS, {}, 2);
    expect(receipts.map(({ status }) => status).sort()).toEqual(['delivered', 'sent']);
  });

  it('of an SMS that the carrier refuses say why', async () => {
    const receipts = await receiptsOf(sms, SMS, { errors: { blocked: 1 } }, 1);
    expect(receipts).toMatchObject([{ status: 'undelivered', error: 'blocked', permanent: true, rawCode: '1280' }]);
  });

  it('of a call that was listened to say delivered', async () => {
    const receipts = await receiptsOf(voice, CALL, {}, 4);
    expect(receipts.map(({ rawStatus }) => rawStatus).sort()).toEqual(['answered', 'completed', 'ringing', 'started']);
    expect(receipts.find(({ rawStatus }) => rawStatus === 'completed')).toMatchObject({ status: 'delivered' });
  });

  it('of a call to no number say that it is final', async () => {
    const receipts = await receiptsOf(voice, CALL, { errors: { invalid_number: 1 } }, 2);
    expect(receipts.at(-1)).toMatchObject({ status: 'undelivered', error: 'invalid_number', permanent: true });
  });
});

/** Submits one message and gives the receipts that came back, each verified, all of them for the attempt. */
async function receiptsOf(
  settingsFor: (host: string) => ProviderSettings,
  content: Content,
  behaviour: BehaviourPatch,
  wanted: number,
): Promise<NormalisedReceipt[]> {
  const fast: BehaviourPatch = { latency: { kind: 'fixed', median_ms: 20, spread: 0 }, voice: { time_scale: 0.001 } };
  await put('/control/providers/acme', { ...fast, ...behaviour });
  const settings = settingsFor(sim.url);
  const inbound = await startWebhookListener(createReceiver(settings)!);
  const submitter = createSubmitter(settings, DEPS);
  const attempt = attemptId(createVerificationId({ region: 'a', bucket: 7 }), 1);
  try {
    const result = await submitter.submit(
      { attemptId: attempt, to: '+447700900123', content, ttlMs: 600_000, callbackUrl: inbound.url },
      AbortSignal.timeout(3_000),
    );
    expect(result.outcome).toBe('accepted');
    await expect.poll(() => inbound.receipts.length, { timeout: 5_000 }).toBe(wanted);
    const id = result.outcome === 'accepted' ? result.providerMessageId : '';
    for (const receipt of inbound.receipts)
      expect(receipt).toMatchObject({ attemptId: attempt, providerMessageId: id });
    expect(inbound.refused).toEqual([]);
    return inbound.receipts;
  } finally {
    await submitter.close();
    await inbound.close();
  }
}

async function startWebhookListener(receiver: Receiver) {
  const receipts: NormalisedReceipt[] = [];
  const refused: string[] = [];
  const server: Server = createServer((request, response) => {
    void readWebhook(request).then((webhook) => {
      const verified = receiver.verify(webhook);
      const parsed = receiver.parse(webhook);
      if (verified.outcome === 'refused') refused.push(verified.reason);
      else if (parsed.outcome === 'malformed') refused.push(parsed.reason);
      else receipts.push(...parsed.receipts);
      response.writeHead(200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/acme`,
    receipts,
    refused,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readWebhook(request: IncomingMessage): Promise<WebhookRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    path: (request.url ?? '').replace('/webhooks/acme', ''),
    query: {},
    headers: { authorization: request.headers.authorization },
    rawBody: Buffer.concat(chunks),
    nowMs: Date.now(),
  };
}

function harnessFor(
  simProvider: string,
  settingsFor: (host: string) => ProviderSettings,
  to: string,
  content: Content,
  peculiarities: Pick<ConformanceHarness, 'throttleMs' | 'lacks'>,
): ConformanceHarness {
  let since = 0;
  return {
    createSubmitter: () => createSubmitter(settingsFor(sim.url), DEPS),
    // Nobody listens below 7 on loopback; port 1 itself is one that fetch refuses to try.
    createSubmitterToNowhere: () => createSubmitter(settingsFor('http://127.0.0.1:2'), DEPS),
    submission: () => ({
      attemptId: attemptId(createVerificationId({ region: 'a', bucket: 7 }), 1),
      to,
      content,
      ttlMs: 600_000,
      callbackUrl: 'http://127.0.0.1:2/webhooks/acme',
    }),
    code: CODE,
    peer: {
      async nextBehaves(mode) {
        await put(`/control/providers/${simProvider}`, { ...BEHAVIOURS[mode], receipts: { mode: 'none' } });
        since = (await ledger(0)).at(-1)?.seq ?? 0;
      },
      arrived: async () => (await ledger(since)).length,
    },
    ...peculiarities,
  };
}

const BEHAVIOURS: Record<PeerMode, BehaviourPatch> = {
  accepts: {},
  fails: { errors: { http_500: 1 } },
  hangs: { errors: { hang: 1 } },
  'answers-garbage': { errors: { html_200: 1 } },
  throttles: { errors: { throttle: 1 }, throttle_retry_after_s: RETRY_AFTER_S },
  'refuses-recipient': { errors: { invalid_number: 1 } },
  resets: { errors: { reset: 1 } },
};

async function ledger(since: number): Promise<LedgerEntry[]> {
  const response = await fetch(`${sim.url}/control/ledger?since=${since}`);
  return ((await response.json()) as { entries: LedgerEntry[] }).entries;
}

const post = async (path: string, body: object) => send('POST', path, body);
const put = async (path: string, body: object) => send('PUT', path, body);

async function send(method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${sim.url}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
}
