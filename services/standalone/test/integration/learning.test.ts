import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeIn, freshNumber, startProduct, type Product } from '../start-product.ts';
import { hurry } from '../watch-product.ts';

/** A third account for texts; the simulator plays it by a provider of calls, which takes both. */
const THIRD = `
  - name: bell-sms
    type: vonage-messages
    api_host: \${env:CARRIER_SIM_URL}/p/bell
    api_key: dev
    api_secret: \${file:secrets/vonage-secret}
    application_id: 5f0e3a52-1c57-4a59-9d0d-6f1c2b7a9e10
    private_key: \${file:secrets/vonage-key.pem}
    signature_secret: \${file:secrets/vonage-signature}
    from: Watchword
    priority: 30
`;
const PER_SECOND = 6;
const UNLIMITED =
  'limits:\n  wide: { tenant_per_minute: 0, ip_prefix_per_hour: 0, country_per_minute: 0, number_prefix_per_10_minutes: 0 }\n';

let product: Product;
beforeAll(async () => {
  product = await startProduct((yaml) => `${yaml.replace('\nlog:', `${THIRD}log:`)}${UNLIMITED}`, { learns: true });
  for (const provider of ['north', 'south', 'bell']) await hurry(product, provider);
});
afterAll(async () => {
  await product.stop();
});

/** People who ask for a code and type it as soon as it is there. @returns who was asked to deliver each, in order */
async function live(people: number): Promise<string[]> {
  const asked: Promise<string>[] = [];
  for (let n = 0; n < people; n++) {
    asked.push(once());
    await sleep(1_000 / PER_SECOND);
  }
  return Promise.all(asked);
}

async function once(): Promise<string> {
  const to = freshNumber();
  const { body } = await product.start({ to, channel: 'sms' });
  for (let look = 0; look < 30; look++) {
    await sleep(100);
    const [message] = await product.inbox(to);
    if (!message) continue;
    await product.check(body.id, codeIn(message.text));
    break;
  }
  const { attempts } = await product.read(body.id);
  return attempts.at(-1)?.provider ?? 'nobody';
}

const share = (chosen: readonly string[], provider: string): number =>
  chosen.filter((each) => each === provider).length / chosen.length;

it('a provider that turns into a black hole loses its traffic in seconds: the codes that nobody types tell', async () => {
  const before = await live(60);
  const names = ['north', 'south', 'bell-sms'];
  const favourite = names.toSorted((left, right) => share(before, right) - share(before, left))[0]!;
  expect(share(before, favourite)).toBeGreaterThan(0.8);
  await product.behave(favourite === 'bell-sms' ? 'bell' : favourite, { errors: { black_hole: 1 } });
  const during = await live(30 * PER_SECOND);
  expect(share(during.slice(-10 * PER_SECOND), favourite)).toBeLessThan(0.1);
}, 120_000);
