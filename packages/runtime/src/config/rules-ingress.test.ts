import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { ENV, GOOD, HASH, broken, messages, parse } from './config-for-tests.ts';

const BRAND = '    brand: The Shop';
const KEYS = '  seal: { current';
const PEM = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const env = { ...ENV, INGRESS: PEM };

/** The good file with an ingress for its tenant, and a key for it. */
const withIngress = (ingress: string): string =>
  broken(KEYS, `  ingress: { current: e1, keys: { e1: "\${env:INGRESS}" } }\n${KEYS}`).replace(
    BRAND,
    `${BRAND}\n    ingress: ${ingress}`,
  );
const another = (id: string, ingress: string): string => `  - id: ${id}
    name: ${id}
    brand: B
    api_keys: [{ id: main, sha256: ${HASH.replace('c', 'd')} }]
    ingress: ${ingress}
`;
const tenantOf = (text: string) => {
  const parsed = parse(text, { env });
  if (parsed.outcome === 'invalid') throw new Error(JSON.stringify(parsed.issues));
  return parsed.config.tenants[0]!;
};
const faults = (text: string): string[] => {
  const parsed = parse(text, { env });
  return parsed.outcome === 'valid'
    ? []
    : parsed.issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
};

test('without ingress a tenant takes nothing from Kafka; with it its topic is named after it', () => {
  expect(tenantOf(GOOD).ingress).toBeUndefined();
  expect(tenantOf(withIngress('{}')).ingress).toEqual({ topic: 'otp.ingress.v1.shop', clearRecipients: false });
  expect(tenantOf(withIngress('{ topic: shop-otps, clear_recipients: true, max_age_seconds: 60 }')).ingress).toEqual({
    topic: 'shop-otps',
    clearRecipients: true,
    maxAgeMs: 60_000,
  });
});

test('a topic belongs to one tenant, by its default name too', () => {
  const text = withIngress('{ topic: otp.ingress.v1.other }').replace(
    'tenants:\n',
    `tenants:\n${another('other', '{}')}`,
  );
  expect(faults(text)).toEqual(['tenants[1].ingress.topic: expected a topic of its own, found the same as in entry 1']);
});

test.each(['otp.request.v1', 'otp.ingress-result.v1', 'shop.ingest.dead'])('%s is no topic for a platform', (topic) => {
  expect(faults(withIngress(`{ topic: ${topic} }`))).toEqual([
    `tenants[0].ingress.topic: expected a topic that nothing else is in, found ${topic}`,
  ]);
});

test('encrypted addresses need a key to open them; only clear ones do without', () => {
  const keyless = (ingress: string) => broken(BRAND, `${BRAND}\n    ingress: ${ingress}`);
  expect(messages(keyless('{}'))).toEqual([
    expect.stringContaining('tenants[0].ingress: expected keys.ingress beside it, found none.'),
  ]);
  expect(messages(keyless('{ clear_recipients: true }'))).toEqual([]);
});

test('a key that opens no JWE is told where it stands, and how to make one that does', () => {
  const text = withIngress('{}').replace('${env:INGRESS}', '${file:vonage.pem}');
  expect(messages(text)).toEqual([
    'config.yaml:7:39: keys.ingress.keys.e1: expected a private key as PEM: EC P-256, or RSA of 2048 to 4096 bits, found another value in ${file:vonage.pem} (not shown). Make one with: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
  ]);
});
