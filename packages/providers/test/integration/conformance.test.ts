import { generateKeyPairSync } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { createVerificationId, attemptId } from '@watchword/contracts';
import { afterAll, describe, expect, it } from 'vitest';
import { adapterConformance, type ConformanceHarness } from '../../src/conformance.ts';
import { createSubmitter, type Content, type ProviderSettings, type Submission } from '../../src/index.ts';
import { startSmtpPeer, type SmtpPeer } from '../peers/smtp-peer.ts';
import { startVonagePeer, type VonagePeer } from '../peers/vonage-peer.ts';

const CODE = '904117';
const DEPS = { debug: undefined };
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();

const vonage = await startVonagePeer();
const smtp = await startSmtpPeer();
const nowhere = await unusedPort();
afterAll(async () => {
  await vonage.close();
  await smtp.close();
});

const account = { name: 'vonage-a', apiKey: 'abcd1234', signatureSecret: 'a signature secret of length' };
const HARNESSES: Record<string, ConformanceHarness> = {
  'vonage-messages by key and secret': harnessFor(
    vonage,
    '+447700900123',
    { channel: 'sms', text: `${CODE} is it` },
    (port) => ({
      ...account,
      type: 'vonage-messages',
      apiSecret: 'secret',
      from: 'Watchword',
      apiHost: `http://127.0.0.1:${port}`,
    }),
    7_000,
  ),
  'vonage-messages by application': harnessFor(
    vonage,
    '+447700900123',
    { channel: 'sms', text: `${CODE} is it` },
    (port) => ({
      ...account,
      type: 'vonage-messages',
      applicationId: 'app-1',
      privateKey,
      from: '+15550100',
      apiHost: `http://127.0.0.1:${port}`,
    }),
    7_000,
  ),
  'vonage-voice': harnessFor(
    vonage,
    '+447700900123',
    { channel: 'voice', language: 'en-GB', ssml: `<speak>${CODE}</speak>` },
    (port) => ({
      ...account,
      type: 'vonage-voice',
      applicationId: 'app-1',
      privateKey,
      from: '+15550100',
      apiHost: `http://127.0.0.1:${port}`,
    }),
    7_000,
  ),
  smtp: harnessFor(
    smtp,
    'ada@example.org',
    { channel: 'email', subject: 'Code', text: CODE, html: `<b>${CODE}</b>` },
    (port) => ({
      type: 'smtp',
      name: 'smtp-a',
      host: '127.0.0.1',
      port,
      tls: 'none',
      from: 'Watchword <codes@watchword.test>',
    }),
  ),
};

describe.each(Object.entries(HARNESSES))('%s', (_name, harness) => {
  it.each(adapterConformance(harness))('$promise', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });
});

function harnessFor(
  peer: VonagePeer | SmtpPeer,
  to: string,
  content: Content,
  settingsFor: (port: number) => ProviderSettings,
  throttleMs?: number,
): ConformanceHarness {
  const submission = (): Submission => ({
    attemptId: attemptId(createVerificationId({ region: 'a', bucket: 7 }), 1),
    to,
    content,
    ttlMs: 600_000,
    callbackUrl: 'https://otp.example.com/webhooks/vonage-a',
  });
  return {
    createSubmitter: () => createSubmitter(settingsFor(peer.port), DEPS),
    createSubmitterToNowhere: () => createSubmitter(settingsFor(nowhere), DEPS),
    submission,
    code: CODE,
    peer: {
      nextBehaves: peer.nextBehaves,
      arrived: () => peer.seen().length,
      lastRequest: () => peer.seen().at(-1),
    },
    ...(throttleMs === undefined ? {} : { throttleMs }),
  };
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
