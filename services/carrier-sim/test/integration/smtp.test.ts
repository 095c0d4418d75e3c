import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CarrierSim } from '../../src/index.ts';
import { SOON, behave, control, inbox, ledger, startSim } from '../sim.ts';

const ADA = 'ada@example.com';

let sim: CarrierSim;
beforeAll(async () => {
  sim = await startSim();
});
afterAll(() => sim.stop());
afterEach(() => control(sim, 'POST', 'reset'));

async function mail(change: SendMailOptions = {}, pass = 'mail secret', port = sim.smtpPort): Promise<unknown> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    auth: { user: 'mailer', pass },
    socketTimeout: 400,
  });
  try {
    return await transport.sendMail({
      from: 'codes@acme.example',
      to: ADA,
      subject: 'Your code',
      text: 'It is 902114.\n',
      messageId: '<vf_1.1@acme.example>',
      ...change,
    });
  } finally {
    transport.close();
  }
}

const failure = (promise: Promise<unknown>): Promise<{ responseCode?: number; code?: string }> =>
  promise.then(
    () => ({}),
    (error: unknown) => error as { responseCode?: number; code?: string },
  );

describe('a mail', () => {
  it('arrives with subject and text, by the provider of the account, and is in the ledger', async () => {
    await mail({ to: 'Ada@Example.com' });
    await expect
      .poll(() => inbox(sim, ADA), SOON)
      .toMatchObject([{ to: ADA, channel: 'email', provider: 'mail', text: 'Your code\n\nIt is 902114.' }]);
    expect(await ledger(sim)).toMatchObject([
      { provider: 'mail', channel: 'email', client_ref: 'vf_1.1', to: ADA, answer: 'accepted', arrives: true },
    ]);
  });

  it('of HTML alone is read as text', async () => {
    await mail({ text: undefined, html: '<p>It is <b>902114</b>.</p>' });
    await expect.poll(() => inbox(sim, ADA), SOON).toMatchObject([{ text: 'Your code\n\nIt is 902114.' }]);
  });

  it('arrives at every recipient', async () => {
    await mail({ to: [ADA, 'bob+otp@example.com'] });
    await expect.poll(() => inbox(sim, ADA), SOON).toHaveLength(1);
    // An unescaped plus reaches a server as a space.
    await expect.poll(() => inbox(sim, 'bob+otp@example.com'), SOON).toHaveLength(1);
  });

  it('needs the account’s password', async () => {
    expect(await failure(mail({}, 'wrong'))).toMatchObject({ responseCode: 535, code: 'EAUTH' });
  });

  it.each([
    ['invalid_number', 550],
    ['throttle', 450],
    ['http_500', 451],
    ['blocked', 550],
  ] as const)('that meets %s is answered with %i', async (mode, responseCode) => {
    await behave(sim, 'mail', { errors: { [mode]: 1 } });
    expect(await failure(mail())).toMatchObject({ responseCode });
    expect(await ledger(sim)).toMatchObject([{ answer: mode, sent: false }]);
  });

  it('to one bad recipient is refused, to others not', async () => {
    await behave(sim, 'mail', { by_recipient: { 'gone@example.com': 'invalid_number' } });
    expect(await failure(mail({ to: 'gone@example.com' }))).toMatchObject({ responseCode: 550 });
    await mail();
    await expect.poll(() => inbox(sim, ADA), SOON).toHaveLength(1);
  });

  it('that hangs after DATA gets no answer and does not arrive', async () => {
    await behave(sim, 'mail', { errors: { hang: 1 } });
    expect(await failure(mail())).toMatchObject({ code: 'ETIMEDOUT' });
    expect(await ledger(sim)).toMatchObject([{ answer: 'hang', arrives: false }]);
  });

  it('that is accepted and then hangs arrives all the same', async () => {
    await behave(sim, 'mail', { errors: { accept_then_hang: 1 } });
    expect(await failure(mail())).toMatchObject({ code: 'ETIMEDOUT' });
    await expect.poll(() => inbox(sim, ADA), SOON).toHaveLength(1);
  });

  it('whose connection is cut leaves the sender in doubt', async () => {
    await behave(sim, 'mail', { errors: { reset: 1 }, reset_sends: 1 });
    expect(await failure(mail())).toMatchObject({ code: expect.stringMatching(/ECONN|ESOCKET/) });
    await expect.poll(() => inbox(sim, ADA), SOON).toHaveLength(1);
  });

  it('may vanish', async () => {
    await behave(sim, 'mail', { errors: { black_hole: 1 } });
    await mail();
    expect(await ledger(sim)).toMatchObject([{ answer: 'black_hole', sent: false, arrives: false }]);
  });

  it('needs no login where there are no accounts', async () => {
    const open = await startSim({ accounts: [] });
    const transport = createTransport({ host: '127.0.0.1', port: open.smtpPort });
    await transport.sendMail({ from: 'a@b.c', to: ADA, subject: 'Hi', text: 'there' });
    await expect.poll(() => inbox(open, ADA), SOON).toMatchObject([{ provider: 'smtp', text: 'Hi\n\nthere' }]);
    transport.close();
    await open.stop();
  });
});
