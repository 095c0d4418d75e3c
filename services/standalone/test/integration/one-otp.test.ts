import { waitFor } from '@watchword/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { readMetric, untilAttempts } from '../watch-product.ts';

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => product.stop());

it.each([
  ['sms', () => freshNumber()],
  ['voice', () => freshNumber()],
  ['email', () => `person${Math.random().toString(36).slice(2)}@example.com`],
])('an OTP by %s reaches the person, and its code is approved once', async (channel, address) => {
  const to = address();
  const started = await product.start({ to, channel });
  expect(started.status).toBe(202);
  const [message] = await product.messages(to);
  const code = codeIn(message!.text);
  expect((await product.check(started.body.id, code)).body).toMatchObject({
    status: 'approved',
    valid: true,
    channel,
    generation: 1,
  });
  expect((await product.check(started.body.id, code)).body).toMatchObject({ status: 'approved', valid: false });
  expect((await product.read(started.body.id)).attempts).toMatchObject([{ channel, state: 'accepted', generation: 1 }]);
});

describe('what an operator asks of routing by the command', () => {
  const control = async (...args: string[]) => runCli(product.environment, 'control', ...args);
  async function sendBy(): Promise<string> {
    const { body } = await product.start({ to: freshNumber(), channel: 'sms' });
    return (await untilAttempts(product, body.id, 1)).attempts[0]!.provider;
  }
  async function untilSentBy(provider: string): Promise<void> {
    const sent = async () => (await sendBy()) === provider;
    await waitFor(sent, { timeoutMs: 20_000, what: `a text by ${provider}` });
    expect(await Promise.all([sendBy(), sendBy(), sendBy()])).toEqual([provider, provider, provider]);
  }

  it('counts for the next sends: a pin, a drain of the pinned one, nothing any more', async () => {
    await untilSentBy('north');
    const scope = ['--country', 'DE', '--channel', 'sms'];
    expect(await control('set', ...scope, '--pin', 'south', '--by', 'ada')).toMatchObject({ code: 0 });
    await untilSentBy('south');
    expect(await readMetric(product, 'watchword_controls')).toBe(1);
    // narrower than the pin, which counts no more for this tenant: but of those who are left
    expect(await control('set', ...scope, '--tenant', 'demo', '--drain', 'south')).toMatchObject({ code: 0 });
    await untilSentBy('north');
    expect((await control('list')).output).toMatch(/demo +DE +sms +drained south.*\nall +DE +sms +pin south +ada/);
    expect(await control('unset', ...scope, '--tenant', 'demo')).toMatchObject({ code: 0 });
    await untilSentBy('south');
    expect(await control('unset', ...scope)).toMatchObject({ code: 0 });
    await untilSentBy('north');
    expect(await readMetric(product, 'watchword_controls')).toBe(0);
    expect(await readMetric(product, 'watchword_controls_current')).toBe(1);
  });

  it('is refused where it could never work', async () => {
    expect(await control('set', '--pin', 'nort')).toMatchObject({
      code: 2,
      output: 'The configuration has no provider "nort". Did you mean north?\n',
    });
    expect(await control('unset', '--country', 'FR')).toMatchObject({ code: 1 });
  });
});
