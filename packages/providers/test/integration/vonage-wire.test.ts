import { generateKeyPairSync } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { attemptId, createVerificationId } from '@watchword/contracts';
import jwt from 'jsonwebtoken';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createSubmitter, type Submission } from '../../src/index.ts';
import { startVonagePeer } from '../peers/vonage-peer.ts';

const peer = await startVonagePeer();
afterAll(async () => peer.close());
beforeEach(() => peer.nextBehaves('accepts'));

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const application = {
  applicationId: 'app-1',
  privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
};
const account = { name: 'acme', apiKey: 'abcd1234', signatureSecret: 'a signature secret of length' };
const smsTo = (apiHost: string) =>
  createSubmitter(
    { ...account, type: 'vonage-messages', apiSecret: 'secret', from: '+15550100', apiHost },
    { debug: undefined },
  );
const submission = (): Submission => ({
  attemptId: attemptId(createVerificationId({ region: 'a', bucket: 7 }), 3),
  to: '+447700900123',
  content: { channel: 'sms', text: '904117 is your code' },
  ttlMs: 600_000,
  callbackUrl: 'https://otp.example.com/webhooks/acme',
});
const soon = () => AbortSignal.timeout(2_000);

describe('an SMS on the wire', () => {
  it('carries our reference, the callback, the code’s life and the numbers without plus', async () => {
    const sms = submission();
    const result = await smsTo(peer.host).submit(sms, soon());
    expect(result).toEqual({ outcome: 'accepted', providerMessageId: '0e3b5a5a-0000-4000-8000-000000000001' });
    expect(JSON.parse(peer.seen()[0]!)).toEqual({
      channel: 'sms',
      message_type: 'text',
      to: '447700900123',
      from: '15550100',
      text: '904117 is your code',
      client_ref: sms.attemptId,
      webhook_url: 'https://otp.example.com/webhooks/acme',
      webhook_version: 'v1',
      ttl: 600,
    });
    expect(peer.headers()['authorization']).toBe(`Basic ${Buffer.from('abcd1234:secret').toString('base64')}`);
  });

  it.each([
    [1, 300],
    [599_001, 600],
    [1e12, 259_200],
  ])('with %d ms to live asks for %d s', async (ttlMs, ttl) => {
    await smsTo(peer.host).submit({ ...submission(), ttlMs }, soon());
    expect(JSON.parse(peer.seen()[0]!)).toMatchObject({ ttl });
  });

  it('is authorized by a JWT of the application where there is one', async () => {
    const settings = {
      ...account,
      ...application,
      type: 'vonage-messages',
      from: 'Watchword',
      apiHost: peer.host,
    } as const;
    await createSubmitter(settings, { debug: undefined }).submit(submission(), soon());
    const token = String(peer.headers()['authorization']).replace('Bearer ', '');
    expect(jwt.verify(token, publicKey, { algorithms: ['RS256'] })).toMatchObject({ application_id: 'app-1' });
  });
});

describe('a call on the wire', () => {
  it('carries its words, short timers, and the attempt in a signed event address', async () => {
    const call: Submission = {
      ...submission(),
      content: { channel: 'voice', language: 'de-DE', ssml: '<speak><break time="300ms"/>9 0</speak>' },
    };
    const settings = {
      ...account,
      ...application,
      type: 'vonage-voice',
      from: '+15550100',
      apiHost: peer.host,
    } as const;
    const result = await createSubmitter(settings, { debug: undefined }).submit(call, soon());
    expect(result).toEqual({ outcome: 'accepted', providerMessageId: '0e3b5a5a-0000-4000-8000-000000000002' });
    const body = JSON.parse(peer.seen()[0]!);
    expect(body).toEqual({
      to: [{ type: 'phone', number: '447700900123' }],
      from: { type: 'phone', number: '15550100' },
      ncco: [
        {
          action: 'talk',
          text: '<speak><break time="300ms"/>9 0</speak>',
          language: 'de-DE',
          style: 0,
          bargeIn: false,
        },
      ],
      event_url: [expect.any(String)],
      event_method: 'POST',
      ringing_timer: 25,
      length_timer: 35,
    });
    expect(body.event_url[0]).toMatch(
      new RegExp(`^https://otp\\.example\\.com/webhooks/acme/${call.attemptId}/[\\w-]{22}$`),
    );
  });
});

describe('an answer that is none', () => {
  it.each([
    ['an empty 200', 200, 'application/json', ''],
    ['JSON without an id', 202, 'application/json', '{}'],
    ['an empty id', 202, 'application/json', '{"message_uuid":""}'],
    ['an id that is no text', 202, 'application/json', '{"message_uuid":{"a":1}}'],
    ['JSON null', 202, 'application/json', 'null'],
    ['broken JSON', 202, 'application/json', '{"message_uu'],
    ['no content at all', 204, 'text/plain', ''],
  ])('%s is unknown', async (_name, status, type, body) => {
    peer.answerWith((response) => response.writeHead(status, { 'content-type': type }).end(body));
    expect((await smsTo(peer.host).submit(submission(), soon())).outcome).toBe('unknown');
  });

  it('a redirect is not followed: the text goes nowhere else', async () => {
    peer.answerWith((response) => response.writeHead(307, { location: `${peer.host}/v1/calls` }).end());
    expect(await smsTo(peer.host).submit(submission(), soon())).toMatchObject({
      outcome: 'rejected',
      error: 'account',
    });
    expect(peer.seen()).toHaveLength(1);
  });

  it('a body that never ends is unknown by the time the signal aborts', async () => {
    peer.answerWith((response) => response.writeHead(202, { 'content-type': 'application/json' }).write('{'));
    const result = await smsTo(peer.host).submit(submission(), AbortSignal.timeout(300));
    expect(result).toMatchObject({ outcome: 'unknown', error: 'timeout' });
  });

  it('a body beyond all bounds is not read to its end, which may never come', async () => {
    peer.answerWith((response) => response.writeHead(500).write(Buffer.alloc(100_000, 'x')));
    const result = await smsTo(peer.host).submit(submission(), soon());
    expect(result).toEqual({ outcome: 'rejected', error: 'unknown', retry: true, providerCode: 'http_500' });
  });
});

describe('a failure before the request was written is certainly not sent', () => {
  it('when the host has no address', async () => {
    const result = await smsTo('http://no-such-host.invalid').submit(submission(), soon());
    expect(result).toMatchObject({ outcome: 'rejected', retry: true });
  });

  it('when TLS meets something else', async () => {
    const result = await smsTo(peer.host.replace('http:', 'https:')).submit(submission(), soon());
    expect(result).toMatchObject({ outcome: 'rejected', retry: true });
    expect(peer.seen()).toEqual([]);
  });

  it('when the signal aborts while TLS is being set up', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const result = await smsTo(`https://127.0.0.1:${port}`).submit(submission(), AbortSignal.timeout(300));
    expect(result).toEqual({ outcome: 'rejected', error: 'timeout', retry: true });
    silent.close();
  });
});

it('calls at the same time are told apart: each gets its own certainty', async () => {
  peer.nextBehaves('hangs');
  const [hanging, refused] = await Promise.all([
    smsTo(peer.host).submit(submission(), AbortSignal.timeout(300)),
    smsTo('http://no-such-host.invalid').submit(submission(), soon()),
  ]);
  expect(hanging.outcome).toBe('unknown');
  expect(refused.outcome).toBe('rejected');
});
