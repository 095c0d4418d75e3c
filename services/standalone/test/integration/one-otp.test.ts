import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';

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
