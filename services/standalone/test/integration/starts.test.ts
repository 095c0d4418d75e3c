import { waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type Api, type ApiAnswer, type Caller } from '../start-api.ts';
import { codeIn, freshNumber } from '../start-product.ts';

const SENDS_PER_10_MINUTES = 5;
const COOLDOWN_S = 30;

let api: Api;
let demo: Caller;
/** May send texts and mails to Germany and Britain, but its provider of texts serves Germany only. */
let narrow: Caller;
/** As `demo`, but a resend may follow at once. */
let quick: Caller;
/** One message for a person, three for everybody. */
let sparing: Caller;
/** One wide limit each, of two. */
let wide: Record<'tenant' | 'network' | 'country' | 'prefix', Caller>;
beforeAll(async () => {
  const limited = (limit: string): string => {
    const off = ['tenant_per_minute', 'ip_prefix_per_hour', 'country_per_minute', 'number_prefix_per_10_minutes'];
    const limits = off.map((name) => `${name}: ${name === limit ? 2 : 0}`).join(', ');
    return `    channels: [sms]\n    limits: { wide: { ${limits} } }`;
  };
  api = await startApi({
    edit: (yaml) => yaml.replace('name: north\n', 'name: north\n    countries: [DE]\n'),
    tenants: [
      '    channels: [sms, email]\n    countries: [DE, GB]\n    providers: [north, post]',
      '    channels: [sms, voice, email]\n    defaults: { resend_cooldown_seconds: 0 }',
      limited('tenant_per_minute'),
      limited('ip_prefix_per_hour'),
      limited('country_per_minute'),
      limited('number_prefix_per_10_minutes'),
      '    channels: [sms]\n    limits: { recipient: { sends_per_10_minutes: 1 }, wide: { tenant_per_minute: 3 } }',
    ],
  });
  demo = api.demo;
  const [first, second, tenant, network, country, prefix, last] = api.others as [
    Caller,
    Caller,
    Caller,
    Caller,
    Caller,
    Caller,
    Caller,
  ];
  narrow = first;
  quick = second;
  wide = { tenant, network, country, prefix };
  sparing = last;
});
afterAll(async () => api.stop());

const retryAfter = ({ headers }: ApiAnswer): number => Number(headers.get('retry-after'));
function expectTooMany(answer: ApiAnswer, withinS: number): void {
  expect(answer).toMatchObject({ status: 429, body: { retry_after: retryAfter(answer) } });
  expect(retryAfter(answer)).toBeGreaterThan(0);
  expect(retryAfter(answer)).toBeLessThanOrEqual(withinS);
}
const freshMailbox = (): string => `ann${Math.random().toString(36).slice(2)}@example.com`;

describe('a request of the wrong shape is 400 and told each field', () => {
  const to = '+4915112345678';
  it.each([
    ['an address is missing', {}, 'to', 'is missing'],
    ['an address is no text', { to: 4915112345678 }, 'to', 'expected string'],
    ['an address is too short to be one', { to: '+4' }, 'to', 'at least 3'],
    ['an address has no end', { to: `${to}${'0'.repeat(320)}` }, 'to', 'at most 320'],
    ['a channel is none', { to, channel: 'fax' }, 'channel', 'one of sms, voice, email'],
    ['channel and workflow are given', { to, channel: 'sms', workflow: ['sms'] }, 'workflow', 'not both'],
    ['a workflow is empty', { to, workflow: [] }, 'workflow', 'at least 1'],
    ['a workflow is too long', { to, workflow: Array<string>(7).fill('sms') }, 'workflow', 'at most 6'],
    ['a step is none', { to, workflow: ['sms', 'fax'] }, 'workflow[1]', 'one of sms, voice, email'],
    ['a step has no channel', { to, workflow: [{ timeout_seconds: 20 }] }, 'workflow[0].channel', 'must be given'],
    [
      'a step is too short',
      { to, workflow: [{ channel: 'sms', timeout_seconds: 14 }] },
      'workflow[0].timeout_seconds',
      '>= 15',
    ],
    [
      'a step has a field too many',
      { to, workflow: [{ channel: 'sms', text: 'x' }] },
      'workflow[0].text',
      'no known field',
    ],
    ['a purpose is no word', { to, purpose: 'Log in' }, 'purpose', 'of the form'],
    ['a locale is none', { to, locale: 'x' }, 'locale', 'of the form'],
    ['a code is too short', { to, code_length: 3 }, 'code_length', '>= 4'],
    ['a code is too long', { to, code_length: 11 }, 'code_length', '<= 10'],
    ['a life is too short', { to, life_seconds: 29 }, 'life_seconds', '>= 30'],
    ['a life is too long', { to, life_seconds: 3601 }, 'life_seconds', '<= 3600'],
    ['a life is half a second', { to, life_seconds: 30.5 }, 'life_seconds', 'expected integer'],
    ['a budget is none', { to, checks_max: 0 }, 'checks_max', '>= 1'],
    ['a reference has a line break', { to, client_reference: 'a\nb' }, 'client_reference', 'of the form'],
    ['a field is unknown', { to, code: '123456' }, 'code', 'no known field'],
  ])('%s', async (_, body, path, message) => {
    const answer = await demo.start(body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.errors).toContainEqual({ path, message: expect.stringContaining(message) });
    expect(JSON.stringify(answer.body)).not.toMatch(/15112345678|123456/);
  });

  it.each([
    ['no JSON', '{"to":"+49151123', {}, 400, 'invalid_request'],
    ['nothing', '', {}, 400, 'invalid_request'],
    ['a text', '"+4915112345678"', {}, 400, 'invalid_request'],
    ['a list', '["+4915112345678"]', {}, 400, 'invalid_request'],
    ['too much', JSON.stringify({ to, x: 'x'.repeat(70_000) }), {}, 413, 'too_large'],
    [
      'another type',
      `to=${encodeURIComponent(to)}`,
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
  ])('a body that is %s', async (_, body, headers, status, code) => {
    const answer = await demo.ask('POST', '/v1/verifications', body, headers);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(JSON.stringify(answer.body)).not.toContain('151123');
  });
});

describe('an address that cannot be used is 422 and told why, without being repeated', () => {
  it.each([
    ['a number without a country', () => demo, { to: '0151 12345678' }, 'invalid_number', 'to'],
    ['a number of nobody', () => demo, { to: '+49 151' }, 'invalid_number', 'to'],
    ['a premium number', () => demo, { to: '+1 900 555 0123' }, 'premium_number', 'to'],
    ['a premium number for a call', () => demo, { to: '+33 899 123456', channel: 'voice' }, 'premium_number', 'to'],
    ['a number of shared cost', () => demo, { to: '+972 1700 123456' }, 'shared_cost', 'to'],
    ['a mailbox that is none', () => demo, { to: 'ann@localhost', channel: 'email' }, 'invalid_email', 'to'],
    ['a mailbox for a text', () => demo, { to: 'ann@example.com', channel: 'sms' }, 'invalid_number', 'to'],
    ['a country that is not allowed', () => narrow, { to: '+33 6 12345678' }, 'country_not_allowed', 'to'],
    [
      'a channel that is not allowed',
      () => narrow,
      { to: '+4915112345678', channel: 'voice' },
      'channel_not_allowed',
      'channel',
    ],
    [
      'a step that is not allowed',
      () => narrow,
      { to: '+4915112345678', workflow: ['sms', 'voice'] },
      'channel_not_allowed',
      'workflow[1]',
    ],
    ['a country without a provider', () => narrow, { to: '+44 7400 123456' }, 'no_provider', 'to'],
    [
      'a bad address of a step',
      () => demo,
      { to: '+4915112345678', workflow: ['sms', { channel: 'email', to: 'a@b' }] },
      'invalid_email',
      'workflow[1].to',
    ],
    [
      'a WebOTP line without an origin',
      () => demo,
      { to: '+4915112345678', webotp: true },
      'no_webotp_origin',
      'webotp',
    ],
  ])('%s', async (_, caller, body, code, path) => {
    const answer = await caller().start(body);
    expect(answer).toMatchObject({ status: 422, body: { code, errors: [{ path }] } });
    expect(answer.body.errors![0]!.message.length).toBeGreaterThan(10);
    const told = JSON.stringify(answer.body);
    for (const word of body.to.split(/[ @]/).filter((part) => part.length > 3 && part !== 'localhost'))
      expect(told).not.toContain(word);
  });
});

describe('who may', () => {
  it.each([
    ['without a key', {}],
    ['with an unknown key', { authorization: 'Bearer ww_dev_abcdefghijklmnopqrstuvwxyz_abcdef' }],
    ['with a key as Basic', { authorization: 'Basic abc' }],
    ['with two words', { authorization: 'Bearer a b' }],
  ])('%s every operation is 401', async (_, headers) => {
    const id = 'vf_1a00abcdefghijklmnopqrstuvwxyz';
    for (const [method, path] of [
      ['POST', '/v1/verifications'],
      ['POST', '/v1/verifications/check'],
      ['POST', `/v1/verifications/${id}/check`],
      ['POST', `/v1/verifications/${id}/resend`],
      ['POST', `/v1/verifications/${id}/next`],
      ['POST', `/v1/verifications/${id}/cancel`],
      ['GET', `/v1/verifications/${id}`],
      ['GET', `/v1/verifications/${id}/routing`],
    ] as const) {
      const response = await fetch(`${api.product.url}${path}`, { method, headers });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(await response.json()).toMatchObject({ status: 401, code: 'unauthorized' });
    }
  });

  it.each([
    ['PUT', '/v1/verifications', 405],
    ['DELETE', '/v1/verifications/vf_1a00abcdefghijklmnopqrstuvwxyz', 405],
    ['GET', '/v1/verifications/vf_1a00abcdefghijklmnopqrstuvwxyz/check', 405],
    ['POST', '/v1/verifications/vf_1a00abcdefghijklmnopqrstuvwxyz/routing', 405],
    ['GET', '/v1/verifications/vf_1a00abcdefghijklmnopqrstuvwxyz/routing', 404],
    ['GET', '/v1/nothing', 404],
    ['GET', '/v1/verifications/vf_nonsense', 404],
    ['GET', `/v1/verifications/${'v'.repeat(65)}`, 400],
  ])('%s %s is a problem: %i', async (method, path, status) => {
    const answer = await demo.ask(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.has('allow')).toBe(status === 405);
  });
});

describe('what is asked comes back', () => {
  it('client_reference, purpose, life and budget: in start, read and join', async () => {
    const to = freshNumber();
    const asked = { client_reference: 'order 7', purpose: 'transfer' };
    const started = await demo.start({ to, ...asked, life_seconds: 60, checks_max: 2 });
    expect(started).toMatchObject({
      status: 202,
      body: { ...asked, status: 'pending', sent: true, checks_remaining: 2, step: 0, steps: 1, next_step_at: null },
    });
    const { id, created_at: createdAt, expires_at: expiresAt, next_resend_at: nextResendAt } = started.body;
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(60_000);
    expect(Date.parse(nextResendAt!) - Date.parse(createdAt)).toBe(COOLDOWN_S * 1000);
    expect((await demo.read(id)).body).toMatchObject({ ...asked, id, created_at: createdAt, expires_at: expiresAt });
    expect((await demo.start({ to, ...asked })).body).toMatchObject({ ...asked, id, sent: false, checks_remaining: 2 });
  });

  it('a code is as long as was asked', async () => {
    const to = freshNumber();
    await demo.start({ to, code_length: 9 });
    const [message] = await api.product.messages(to);
    expect(message!.text).toMatch(/(?<!\d)\d{9}(?!\d)/);
  });

  it('a workflow of plain names: its steps follow each other at once by `next`, and the last one is the last', async () => {
    const to = freshNumber();
    const { id } = await demo.receive({ to, workflow: ['sms', 'voice'] });
    const before = (await demo.read(id)).body;
    expect(before).toMatchObject({ channel: 'sms', step: 0, steps: 2 });
    expect(Date.parse(before.next_step_at!) - Date.parse(before.created_at)).toBeGreaterThan(55_000);
    expect(await demo.act('next', id)).toMatchObject({ status: 202, body: { sent: true } });
    const call = (await api.product.messages(to, 2))[1]!;
    expect(call.channel).toBe('voice');
    expect((await demo.read(id)).body).toMatchObject({ channel: 'voice', step: 1, next_step_at: null });
    expect(await demo.act('next', id)).toMatchObject({ status: 409, body: { code: 'no_next_step' } });
    expect((await demo.check(id, codeIn(call.text))).body.valid).toBe(true);
  });

  it('a workflow of objects: a step goes to its own address', async () => {
    const mailbox = freshMailbox();
    const steps = [
      { channel: 'sms', timeout_seconds: 15 },
      { channel: 'email', to: mailbox },
    ];
    const { id } = await demo.receive({ to: freshNumber(), workflow: steps });
    const { created_at: createdAt, next_step_at: nextStepAt } = (await demo.read(id)).body;
    expect(Date.parse(nextStepAt!) - Date.parse(createdAt)).toBeLessThan(17_000);
    await demo.act('next', id);
    const [mail] = await api.product.messages(mailbox);
    expect((await demo.check(id, codeIn(mail!.text))).body.valid).toBe(true);
  });
});

describe('one live verification for a person and purpose', () => {
  it('a second start within the cool-down joins the first and sends nothing; an explicit resend is 429', async () => {
    const { id, to, code } = await demo.receive({ to: freshNumber() });
    expect(await demo.start({ to })).toMatchObject({ status: 202, body: { id, sent: false } });
    const resent = await demo.act('resend', id);
    expectTooMany(resent, COOLDOWN_S);
    expect(resent.body.code).toBe('cooling_down');
    expect(await api.product.inbox(to)).toHaveLength(1);
    expect((await demo.check(id, code)).body).toMatchObject({ valid: true, generation: 1 });
  });

  it('past the cool-down it joins as a resend: same verification, a second message, a second code', async () => {
    const { id, to } = await quick.receive({ to: freshNumber() });
    await waitFor(async () => (await quick.read(id)).body.attempts[0]?.state === 'accepted', {
      timeoutMs: 5_000,
      what: 'the first send',
    });
    expect(await quick.start({ to })).toMatchObject({ status: 202, body: { id, sent: true } });
    const code = codeIn((await api.product.messages(to, 2))[1]!.text);
    expect((await quick.check(id, code)).body).toMatchObject({ valid: true, generation: expect.any(Number) });
  });

  it('20 starts at once are one verification and one message', async () => {
    const to = freshNumber();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => demo.start({ to })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.sent)).toHaveLength(1);
    const [message] = await api.product.messages(to);
    const { id } = answers[0]!.body;
    expect((await demo.check(id, codeIn(message!.text))).body.valid).toBe(true);
    expect(await api.product.inbox(to)).toHaveLength(1);
    expect((await demo.read(id)).body.attempts).toHaveLength(1);
  });
});

describe('limits of a person', () => {
  it.each([
    [
      'a number',
      freshNumber,
      (to: string, n: number) =>
        `${to.slice(0, 3)}${' '.repeat(n)}(0)${to.slice(3, 6)}${'-'.repeat(n % 2)}${to.slice(6)}`,
    ],
    ['a mailbox', freshMailbox, (to: string, n: number) => ` ${to.slice(0, n).toUpperCase()}${to.slice(n)} `],
  ])(
    'R1: %s gets five messages in ten minutes, however it is spelled and whatever they are for',
    async (_, address, respell) => {
      const to = address();
      for (let n = 0; n < SENDS_PER_10_MINUTES; n++) {
        const { status, body } = await demo.start({ to: respell(to, n), purpose: `p${n}` });
        expect({ status, code: body.code }).toEqual({ status: 202, code: undefined });
      }
      const refused = await demo.start({ to });
      expectTooMany(refused, 600);
      expect(refused.body.code).toBe('rate_limited');
      expect(retryAfter(refused)).toBeGreaterThan(590);
      expect((await quick.start({ to })).status).toBe(202);
    },
  );

  it('a resend counts, and is refused with the time to come back', async () => {
    const received = await quick.receive({ to: freshNumber() });
    for (let n = 1; n < SENDS_PER_10_MINUTES; n++) await quick.receiveAgain(received);
    await waitFor(
      async () => (await quick.read(received.id)).body.attempts.every(({ state }) => state === 'accepted'),
      { timeoutMs: 5_000, what: 'the last send' },
    );
    for (const answer of [await quick.act('resend', received.id), await quick.start({ to: received.to })]) {
      expectTooMany(answer, 600);
      expect(answer.body.code).toBe('rate_limited');
    }
  });

  it('a person who is refused does not use up what the tenant’s people share', async () => {
    const to = freshNumber();
    expect((await sparing.start({ to })).status).toBe(202);
    for (let n = 0; n < 10; n++) expectTooMany(await sparing.start({ to, purpose: `p${n}` }), 600);
    const others = await Promise.all([0, 1, 2].map(async () => sparing.start({ to: freshNumber() })));
    expect(others.filter(({ status }) => status === 202)).toHaveLength(2);
    expect(others.filter(({ status }) => status === 429)).toHaveLength(1);
  });
});

describe('wide limits: two pass, the third is told when to come back, others are unaffected', () => {
  const block = freshNumber().slice(0, -4);
  const number = (n: number): string => `${block}${String(9_000 + n)}`;
  it.each([
    ['of a tenant', () => wide.tenant, 60, () => ({ to: freshNumber() }), []],
    [
      'of a network',
      () => wide.network,
      3600,
      (n: number) => ({ to: freshNumber(), client_ip: `203.0.113.${n}` }),
      [{ client_ip: '198.51.100.1' }],
    ],
    [
      'of a network of IPv6',
      () => wide.network,
      3600,
      (n: number) => ({ to: freshNumber(), client_ip: `2001:db8:1:${n}::1` }),
      [{ client_ip: '2001:db8:2::1' }],
    ],
    ['of a country', () => wide.country, 60, () => ({ to: freshNumber() }), [{ to: '+33612345678' }]],
    ['of a block of numbers', () => wide.prefix, 600, (n: number) => ({ to: number(n) }), [{}]],
  ] as const)('%s', async (_, caller, windowS, body, other) => {
    for (const n of [1, 2]) expect((await caller().start(body(n))).status).toBe(202);
    const refused = await caller().start(body(3));
    expectTooMany(refused, windowS);
    expect(refused.body.code).toBe('rate_limited');
    expect(JSON.stringify(refused.body)).not.toContain(block.slice(1));
    for (const asked of other) expect((await caller().start({ to: freshNumber(), ...asked })).status).toBe(202);
  });
});
