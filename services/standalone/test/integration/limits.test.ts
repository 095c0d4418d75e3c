import { waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SIMULATED } from '@watchword/cli';
import { startApi, type Api, type ApiAnswer, type Caller } from '../start-api.ts';
import { freshNumber } from '../start-product.ts';

const OFF = 'tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0';
const CHANNELS_AND_COOLDOWN = '    channels: [sms, voice, email]\n    defaults: { resend_cooldown_seconds: 0 }';

let api: Api;
/** Two messages to a block of numbers. */
let block: Caller;
/** Two messages for everybody. */
let few: Caller;
/** Two messages for a person. */
let two: Caller;
/** One message for a person. */
let one: Caller;
beforeAll(async () => {
  api = await startApi({
    tenants: [
      `${CHANNELS_AND_COOLDOWN}\n    limits: { wide: { ${OFF}, number_prefix_per_10_minutes: 2 } }`,
      '    channels: [sms, voice, email]\n    limits: { wide: { tenant_per_minute: 2 } }',
      `${CHANNELS_AND_COOLDOWN}\n    limits: { recipient: { sends_per_10_minutes: 2 } }`,
      `${CHANNELS_AND_COOLDOWN}\n    limits: { recipient: { sends_per_10_minutes: 1 } }`,
    ],
  });
  [block, few, two, one] = api.others as [Caller, Caller, Caller, Caller];
});
afterAll(async () => api.stop());

let blocks = 0;
/** Numbers of a block that no other test uses. */
function freshBlock(): (n: number) => string {
  const start = `+49152${String(1_000 + (blocks += 1))}`;
  return (n) => `${start}${String(1_000 + n)}`;
}
const freshMailbox = (): string => `bob${Math.random().toString(36).slice(2)}@example.com`;

function expectTooMany(answer: ApiAnswer): void {
  expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Until the send of this number was taken by a provider: only then another may be asked for. */
async function untilSent(caller: Caller, id: string, sends: number): Promise<void> {
  const done = async (): Promise<boolean> => {
    const { attempts } = (await caller.read(id)).body;
    return attempts.some(({ send, state }) => send === sends && state === 'accepted');
  };
  await waitFor(done, { timeoutMs: 10_000, what: `send ${sends} to be accepted` });
}

async function untilUndeliverable(caller: Caller, id: string): Promise<void> {
  await waitFor(async () => (await caller.read(id)).body.status === 'undeliverable', {
    timeoutMs: 10_000,
    what: 'the failed send to end it',
  });
}

describe('wide limits count every message that may be made', () => {
  it('each recipient of a workflow, not the first alone', async () => {
    const number = freshBlock();
    const start = async (n: number): Promise<ApiAnswer> =>
      block.start({
        workflow: [
          { channel: 'email', to: freshMailbox() },
          { channel: 'voice', to: number(n) },
        ],
      });
    for (const n of [1, 2]) expect((await start(n)).status).toBe(202);
    expectTooMany(await start(3));
    expect((await block.start({ to: freshMailbox() })).status).toBe(202);
  });

  it('a resend and a next step', async () => {
    const first = freshBlock();
    const received = await block.receive({ to: first(1) });
    await untilSent(block, received.id, 1);
    await block.receiveAgain(received);
    await untilSent(block, received.id, 2);
    expectTooMany(await block.act('resend', received.id));
    expectTooMany(await block.start({ to: first(2) }));

    const second = freshBlock();
    const { id } = await block.receive({ to: second(1), workflow: ['sms', 'voice', 'voice'] });
    await untilSent(block, id, 1);
    expect(await block.act('next', id)).toMatchObject({ status: 202, body: { sent: true } });
    await untilSent(block, id, 2);
    expectTooMany(await block.act('next', id));
    expect((await block.read(id)).body.step).toBe(1);
  });

  it('and no join that sends nothing', async () => {
    const to = freshNumber();
    expect((await few.start({ to })).body.sent).toBe(true);
    const joins = await Promise.all(Array.from({ length: 5 }, async () => few.start({ to })));
    for (let n = 0; n < 10; n++) joins.push(await few.start({ to }));
    for (const { status, body } of joins) expect(status === 429 || !body.sent).toBe(true);
    expect(joins.slice(5).map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect((await few.start({ to: freshNumber() })).status).toBe(202);
    expectTooMany(await few.start({ to: freshNumber() }));
  });
});

describe('a next step', () => {
  it('is refused with the time to come back where its recipient has had enough, here and in another bucket', async () => {
    const received = await two.receive({ to: freshNumber(), workflow: ['sms', 'voice'] });
    await untilSent(two, received.id, 1);
    await two.receiveAgain(received);
    await untilSent(two, received.id, 2);
    expectTooMany(await two.act('next', received.id));
    expect((await two.read(received.id)).body).toMatchObject({ status: 'pending', step: 0 });

    const mailbox = freshMailbox();
    for (const purpose of ['a', 'b']) expect((await two.start({ to: mailbox, purpose })).status).toBe(202);
    const steps = ['sms', { channel: 'email', to: mailbox }];
    const { id } = await two.receive({ to: freshNumber(), workflow: steps });
    await untilSent(two, id, 1);
    expectTooMany(await two.act('next', id));
  });

  it('by 20 at once is sent once, and whoever asked for nothing is told so', async () => {
    const mailbox = freshMailbox();
    const steps = ['sms', { channel: 'email', to: mailbox }];
    const { id } = await two.receive({ to: freshNumber(), workflow: steps });
    const answers = await Promise.all(Array.from({ length: 20 }, async () => two.act('next', id)));
    expect(answers.filter(({ status, body }) => status === 202 && body.sent)).toHaveLength(1);
    await api.product.messages(mailbox);
    await untilSent(two, id, 2);
    expect(await api.product.inbox(mailbox)).toHaveLength(1);
    expect((await two.start({ to: mailbox })).status, 'one of two is left').toBe(202);
    expectTooMany(await two.start({ to: mailbox, purpose: 'third' }));
  });
});

describe('near the end of its life', () => {
  /** Leaves a verification 5 s. */
  async function shorten(id: string): Promise<void> {
    const key = (await api.keys()).find((each) => each.endsWith(`:v:${id}`))!;
    await api.redis.hset(key, 'ea', String(Date.now() + 5_000));
  }

  it('a resend and a next step are refused as too late, and a start makes a new one; the old code is right by its id', async () => {
    const to = freshNumber();
    const { id, code } = await two.receive({ to, workflow: ['sms', 'voice'] });
    await untilSent(two, id, 1);
    await shorten(id);
    for (const what of ['resend', 'next'] as const) {
      expect(await two.act(what, id)).toMatchObject({ status: 409, body: { code: 'too_late' } });
    }
    const again = await two.receive({ to });
    expect(again.id).not.toBe(id);
    expect((await two.checkByAddress({ to, code: again.code })).body).toMatchObject({ id: again.id, valid: true });
    expect((await two.check(id, code)).body).toMatchObject({ valid: true });
  });
});

describe('R1: failed sends do not count', () => {
  const fail = async (channel: 'sms' | 'email', to: string, mode: 'invalid_number' | null): Promise<void> => {
    // null takes it back, in whichever way the simulator writes the number
    const patch = { by_recipient: { [to]: mode, ...(mode === null && { [to.replace('+', '')]: null }) } };
    for (const provider of SIMULATED[channel]) {
      await api.product.behave(provider, patch);
    }
  };

  it('a person who could not be reached by any provider may be sent to at once when it is over', async () => {
    const to = freshNumber();
    await fail('sms', to, 'invalid_number');
    for (let n = 0; n < 3; n++) {
      const started = await one.start({ to });
      expect(started.status).toBe(202);
      await untilUndeliverable(one, started.body.id);
    }
    await fail('sms', to, null);
    const { id, code } = await one.receive({ to });
    expect((await one.check(id, code)).body.valid).toBe(true);
    expectTooMany(await one.start({ to }));
  });

  it('nor does one to a later step’s recipient, whose limits live elsewhere', async () => {
    const mailbox = freshMailbox();
    await fail('email', mailbox, 'invalid_number');
    const steps = ['sms', { channel: 'email', to: mailbox }];
    const { id, code } = await one.receive({ to: freshNumber(), workflow: steps });
    await untilSent(one, id, 1);
    expect(await one.act('next', id)).toMatchObject({ status: 202, body: { sent: true } });
    await waitFor(async () => (await one.read(id)).body.attempts.some(({ state }) => state === 'rejected'), {
      timeoutMs: 10_000,
      what: 'the mail to fail',
    });
    await waitFor(async () => (await one.start({ to: mailbox })).status === 202, {
      timeoutMs: 5_000,
      what: 'the refund of the mail',
    });
    expect((await one.check(id, code)).body.valid).toBe(true);
  });
});
