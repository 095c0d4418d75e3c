import { startProcess } from '@watchword/runtime';
import { verify } from '@watchword/verify';
import { waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { endLife } from '../age.ts';
import { startApi, wrongCodes, type Api, type ApiAnswer, type Caller } from '../start-api.ts';
import { freshNumber } from '../start-product.ts';

const BUDGET = 5;
const WRONG_PER_HOUR = 10;
const LIFE_S = 600;

let api: Api;
let demo: Caller;
/** As `demo`, but a resend may follow at once. */
let quick: Caller;
beforeAll(async () => {
  api = await startApi({
    tenants: ['    channels: [sms, email]\n    defaults: { resend_cooldown_seconds: 0 }'],
  });
  demo = api.demo;
  quick = api.others[0]!;
});
afterAll(async () => api.stop());

const valid = ({ body }: ApiAnswer): boolean => body.valid;
const retryAfter = ({ headers }: ApiAnswer): number => Number(headers.get('retry-after'));
const locked = expect.objectContaining({ status: 429, code: 'locked', retry_after: expect.any(Number) });

describe('one approval, a budget that is counted first', () => {
  it('V1: wrong, then right, then the same once more: judged, approved, refused', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const [wrong] = wrongCodes(1, code);
    expect((await demo.check(id, wrong!)).body).toEqual({ id, status: 'pending', valid: false, checks_remaining: 4 });
    expect((await demo.check(id, code)).body).toEqual({
      id,
      status: 'approved',
      valid: true,
      channel: 'sms',
      generation: 1,
    });
    expect((await demo.check(id, code)).body).toEqual({ id, status: 'approved', valid: false });
    expect((await demo.read(id)).body).toMatchObject({ status: 'approved', checks_remaining: 0, next_resend_at: null });
  });

  it('V1: an id that nobody has is one distinct error', async () => {
    const { id } = await demo.receive({ to: freshNumber() });
    const unknown = `${id.slice(0, -4)}${id.endsWith('aaaa') ? 'bbbb' : 'aaaa'}`;
    for (const asked of [unknown, 'vf_nonsense', `${id}x`]) {
      expect(await demo.check(asked, '123456')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  it('V8: of 50 right checks at once exactly one is valid', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const answers = await Promise.all(Array.from({ length: 50 }, async () => demo.check(id, code)));
    expect(answers.filter(valid)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    for (const { body } of answers) expect(body.status).toBe('approved');
  });

  it('V6, V8: of 50 wrong checks at once exactly the budget is judged, and the right code comes too late', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const answers = await Promise.all(wrongCodes(50, code).map(async (wrong) => demo.check(id, wrong)));
    const judged = answers.filter(({ status }) => status === 200);
    expect(new Set(judged.map(({ body }) => body.checks_remaining))).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(judged).toHaveLength(BUDGET);
    expect(judged.filter(({ body }) => body.status === 'failed')).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(50 - BUDGET);
    for (const answer of refused) {
      expect(answer.body).toEqual(locked);
      expect(retryAfter(answer)).toBeGreaterThan(0);
    }
    expect((await demo.check(id, code)).body).toEqual(locked);
  });

  it('V8: one right code among wrong ones at once is approved', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const answers = await Promise.all(
      [...wrongCodes(BUDGET - 1, code), code].map(async (each) => demo.check(id, each)),
    );
    expect(answers.filter(valid)).toHaveLength(1);
    expect((await demo.read(id)).body.status).toBe('approved');
  });

  it('V2: once the budget is spent the right code is refused, and the answer says how long the lock lasts', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    for (const wrong of wrongCodes(BUDGET, code)) await demo.check(id, wrong);
    const answer = await demo.check(id, code);
    expect(answer).toMatchObject({ status: 429, body: { code: 'locked' } });
    expect(retryAfter(answer)).toBe(answer.body.retry_after);
    expect(retryAfter(answer)).toBeGreaterThan(LIFE_S - 60);
    expect(retryAfter(answer)).toBeLessThanOrEqual(LIFE_S);
    expect((await demo.read(id)).body).toMatchObject({ status: 'failed', checks_remaining: 0 });
  });

  it('R2: a resend refills nothing', async () => {
    const received = await quick.receive({ to: freshNumber() });
    const { id, code: first } = received;
    const [a, b, c, d, e] = wrongCodes(BUDGET, first) as [string, string, string, string, string];
    for (const wrong of [a, b, c]) await quick.check(id, wrong);
    const second = await quick.receiveAgain(received);
    const [last, over] = [d, e].map((wrong) => (wrong === second ? '999999' : wrong)) as [string, string];
    expect((await quick.check(id, last)).body).toMatchObject({ valid: false, checks_remaining: 1 });
    expect((await quick.check(id, over)).body).toMatchObject({ status: 'failed', checks_remaining: 0 });
    expect((await quick.check(id, second)).body).toEqual(locked);
  });
});

describe('generations', () => {
  it('the last three work, the fourth last does not', async () => {
    const codes: string[] = [];
    const received = await quick.receive({ to: freshNumber() });
    codes.push(received.code);
    for (let n = 2; n <= 4; n++) codes.push(await quick.receiveAgain(received));
    const [first, second] = codes as [string, string];
    expect((await quick.check(received.id, first)).body).toMatchObject({ valid: codes.lastIndexOf(first) > 0 });
    expect((await quick.check(received.id, second)).body).toMatchObject({
      valid: true,
      generation: codes.lastIndexOf(second) + 1,
    });
  });

  it.each([2, 3])('an older code is approved as what it is: generation %i of three', async (generation) => {
    const received = await quick.receive({ to: freshNumber() });
    const codes = [received.code, await quick.receiveAgain(received), await quick.receiveAgain(received)];
    const code = codes[generation - 1]!;
    expect((await quick.check(received.id, code)).body).toMatchObject({
      valid: true,
      generation: codes.lastIndexOf(code) + 1,
    });
  });

  it('V5: an approval by one code makes the address’s other codes worthless', async () => {
    const received = await quick.receive({ to: freshNumber() });
    const second = await quick.receiveAgain(received);
    expect((await quick.check(received.id, received.code)).body).toMatchObject({ valid: true });
    expect((await quick.check(received.id, second)).body).toEqual({
      id: received.id,
      status: 'approved',
      valid: false,
    });
  });

  it('a finished login does not touch another purpose’s code', async () => {
    const to = freshNumber();
    const login = await demo.receive({ to });
    const transfer = await demo.receive({ to, purpose: 'transfer' });
    expect(transfer.id).not.toBe(login.id);
    expect((await demo.check(login.id, login.code)).body.valid).toBe(true);
    expect((await demo.check(transfer.id, transfer.code)).body.valid).toBe(true);
  });
});

describe('wrong checks of a person', () => {
  it('lock them across verifications after ten in an hour; another purpose is unaffected', async () => {
    const to = freshNumber();
    for (let spent = 0; spent < WRONG_PER_HOUR; spent += BUDGET) {
      const { id, code } = await demo.receive({ to });
      for (const wrong of wrongCodes(BUDGET, code)) expect((await demo.check(id, wrong)).status).toBe(200);
    }
    const { id, code } = await demo.receive({ to });
    for (const answer of [await demo.check(id, code), await demo.checkByAddress({ to, code })]) {
      expect(answer.body).toEqual(locked);
      expect(retryAfter(answer)).toBeGreaterThan(3500);
      expect(retryAfter(answer)).toBeLessThanOrEqual(3600);
    }
    expect((await demo.read(id)).body).toMatchObject({ status: 'pending', checks_remaining: BUDGET });
    const other = await demo.receive({ to, purpose: 'transfer' });
    expect((await demo.check(other.id, other.code)).body.valid).toBe(true);
  });
});

describe('by address', () => {
  it.each([
    ['a number', () => freshNumber(), (to: string) => `00${to.slice(1, 3)} (0)${to.slice(3, 7)}-${to.slice(7)}`],
    [
      'a mailbox',
      () => `Ann.Lee${Math.random().toString(36).slice(2)}@Example.com`,
      (to: string) => ` ${to.toUpperCase()} `,
    ],
  ])('%s is found by another spelling', async (_, address, respell) => {
    const { to, code, id } = await demo.receive({ to: address() });
    const answer = await demo.checkByAddress({ to: respell(to), code });
    expect(answer).toMatchObject({ status: 200, body: { id, valid: true, generation: 1 } });
    expect((await demo.checkByAddress({ to, code })).body).toEqual({ id, status: 'approved', valid: false });
  });

  it('V7: another purpose, another person or another tenant is 404, and nothing is consumed', async () => {
    const { id, to, code } = await demo.receive({ to: freshNumber(), purpose: 'transfer' });
    expect(await demo.checkByAddress({ to, code })).toMatchObject({ status: 404 });
    expect(await demo.checkByAddress({ to: freshNumber(), code, purpose: 'transfer' })).toMatchObject({ status: 404 });
    expect(await quick.checkByAddress({ to, code, purpose: 'transfer' })).toMatchObject({ status: 404 });
    expect((await demo.read(id)).body).toMatchObject({ status: 'pending', checks_remaining: BUDGET });
    expect((await demo.checkByAddress({ to, code, purpose: 'transfer' })).body.valid).toBe(true);
  });

  it('finds a workflow by its first address only', async () => {
    const to = freshNumber();
    const mailbox = `second${to.slice(1)}@example.com`;
    const { code } = await demo.receive({ to, workflow: ['sms', { channel: 'email', to: mailbox }] });
    expect((await demo.checkByAddress({ to: mailbox, code })).status).toBe(404);
    expect((await demo.checkByAddress({ to, code })).body.valid).toBe(true);
  });

  it('an address that cannot be one is told so, without being repeated', async () => {
    const answer = await demo.checkByAddress({ to: '0151 23456789', code: '123456' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_number', errors: [{ path: 'to' }] } });
    expect(JSON.stringify(answer.body)).not.toContain('23456789');
  });
});

describe('whose it is', () => {
  it('another tenant’s verification is 404 for everything, and stays as it was', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const answers = [
      await quick.check(id, code),
      await quick.read(id),
      await quick.act('resend', id),
      await quick.act('next', id),
      await quick.act('cancel', id),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await demo.check(id, code)).body.valid).toBe(true);
  });

  it('why a provider was chosen is told to no customer’s key: it says how all tenants’ messages fare, and at which price', async () => {
    const { id } = await quick.receive({ to: freshNumber() });
    const answer = await quick.ask('GET', `/v1/verifications/${id}/routing`);
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it('another region’s id is 421 for everything', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    const elsewhere = id.replace('vf_1a', 'vf_1b');
    const answers = [
      await demo.check(elsewhere, code),
      await demo.read(elsewhere),
      await demo.ask('GET', `/v1/verifications/${elsewhere}/routing`),
      await demo.act('resend', elsewhere),
      await demo.act('next', elsewhere),
      await demo.act('cancel', elsewhere),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ status: 421, body: { code: 'other_region' } });
  });
});

describe('what has ended', () => {
  it('V4: an expired code is refused as expired, by id, whatever the dispatcher has done by then', async () => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    await endLife(api, id);
    expect((await demo.check(id, code)).body).toEqual({ id, status: 'expired', valid: false });
    await waitFor(async () => (await demo.read(id)).body.status === 'expired', { timeoutMs: 5_000, what: 'the end' });
    expect((await demo.check(id, code)).body).toEqual({ id, status: 'expired', valid: false });
    expect(await demo.act('resend', id)).toMatchObject({ status: 409, body: { code: 'ended' } });
  });

  it('V4: a resend prolongs nothing: both codes expire together', async () => {
    const received = await quick.receive({ to: freshNumber() });
    const before = (await quick.read(received.id)).body.expires_at;
    const second = await quick.receiveAgain(received);
    expect((await quick.read(received.id)).body.expires_at).toBe(before);
    await endLife(api, received.id);
    for (const code of [received.code, second]) {
      expect((await quick.check(received.id, code)).body).toMatchObject({ status: 'expired', valid: false });
    }
  });

  it('a canceled one approves nothing; canceled again it answers the same', async () => {
    const { id, to, code } = await demo.receive({ to: freshNumber() });
    for (let n = 0; n < 2; n++) {
      expect(await demo.act('cancel', id)).toMatchObject({ status: 200, body: { id, status: 'canceled' } });
    }
    expect((await demo.check(id, code)).body).toEqual({ id, status: 'canceled', valid: false });
    expect((await demo.checkByAddress({ to, code })).body).toMatchObject({ valid: false });
    for (const what of ['resend', 'next'] as const) expect((await demo.act(what, id)).status).toBe(409);
    const again = await demo.receive({ to });
    expect(again.id).not.toBe(id);
  });
});

describe('a code as people type it', () => {
  it.each([
    ['spaces', (code: string) => ` ${code.slice(0, 3)} ${code.slice(3)}\n`],
    ['a no-break space', (code: string) => `${code.slice(0, 3)}\u00a0${code.slice(3)}`],
    ['a hyphen', (code: string) => `${code.slice(0, 3)}-${code.slice(3)}`],
    ['dashes of a phone’s keyboard', (code: string) => code.split('').join('\u2013')],
  ])('is right with %s', async (_, typed) => {
    const { id, code } = await demo.receive({ to: freshNumber() });
    expect((await demo.check(id, typed(code))).body).toMatchObject({ valid: true });
  });

  it.each([
    ['a number', { code: 123456 }, 'code'],
    ['nothing', {}, 'code'],
    ['an empty text', { code: '' }, 'code'],
    ['a text without end', { code: '1'.repeat(33) }, 'code'],
    ['a field too many', { code: '123456', id: 'x' }, 'id'],
  ])('%s is 400, names the field, and is not counted', async (_, body, path) => {
    const { id } = await demo.receive({ to: freshNumber() });
    const answer = await demo.ask('POST', `/v1/verifications/${id}/check`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ path }] } });
    expect(JSON.stringify(answer.body)).not.toContain('123456');
    expect((await demo.read(id)).body.checks_remaining).toBe(BUDGET);
  });
});

it('V4: limits lowered while a code is live: the budget that was told stays, the person’s limit holds at once', async () => {
  const generous = await demo.receive({ to: freshNumber() });
  const reached = await demo.receive({ to: freshNumber() });
  const [wrong] = wrongCodes(1, generous.code, reached.code);
  await demo.check(reached.id, wrong!);

  const { config } = api.product;
  const tenants = config.tenants.map((tenant) => ({
    ...tenant,
    defaults: { ...tenant.defaults, checksMax: 1 },
    limits: { ...tenant.limits, recipient: { ...tenant.limits.recipient, wrongChecksPerHour: 1 } },
  }));
  const lowered = await startProcess({
    config: { ...config, tenants, http: { ...config.http, port: 0 } },
    services: [verify],
    name: 'verify',
    log: pino({ level: 'silent' }),
  });
  onTestFinished(async () => void (await lowered.stop()));
  const check = async (id: string, code: string): Promise<unknown> => {
    const response = await fetch(`${lowered.url}/v1/verifications/${id}/check`, {
      method: 'POST',
      headers: { authorization: `Bearer ${demo.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    return response.json();
  };
  expect(await check(reached.id, reached.code)).toEqual(locked);
  expect(await check(generous.id, wrong!)).toMatchObject({ status: 'pending', checks_remaining: BUDGET - 1 });
  expect(await check(generous.id, generous.code)).toEqual(locked);
  expect((await demo.check(generous.id, generous.code)).body.valid).toBe(true);
});
