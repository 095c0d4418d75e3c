import { formatIssue } from './issues.ts';
import { parseConfig } from './load-config.ts';
import type { ParseConfigInput } from './load-config.ts';

/** A configuration that is right, to be broken in one place by each test. */

export const KEY_A = `${'A'.repeat(42)}A=`;
export const KEY_B = 'b'.repeat(64);
export const HASH = 'c'.repeat(64);
const FILES: Record<string, string> = {
  '/etc/watchword/secrets/a': `${KEY_A}\n`,
  '/etc/watchword/secrets/b': KEY_B,
  '/etc/watchword/secrets/short': 'AAAA',
  '/etc/watchword/secrets/empty': ' \n',
  '/etc/watchword/vonage.pem': '-----BEGIN PRIVATE KEY-----\nMIIx\n-----END PRIVATE KEY-----\n',
};
export const ENV = {
  KAFKA: 'k1:9092, k2:9092',
  SIM: 'http://127.0.0.1:9',
  SECRET: 'hunter2-hunter2',
  PORT: '7',
  WORD: 'seven',
};

export const GOOD = `public_url: https://otp.example.com/
redis:
  state: { url: redis://localhost }
kafka:
  brokers: \${env:KAFKA}
keys:
  seal: { current: k1, keys: { k1: "\${file:secrets/a}" } }
tenants:
  - id: shop
    name: Shop
    brand: The Shop
    api_keys: [{ id: main, sha256: ${HASH} }]
providers:
  - name: north
    type: vonage-messages
    api_host: \${env:SIM}/p/north
    api_key: abc
    api_secret: \${env:SECRET}
    application_id: app
    private_key: \${file:vonage.pem}
    signature_secret: \${env:SECRET}
    from: Watchword
`;

export function parse(text: string, more: Partial<ParseConfigInput> = {}) {
  const readText = (path: string) => {
    const content = FILES[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  };
  return parseConfig({ text, configFile: '/etc/watchword/config.yaml', env: ENV, readText, ...more });
}

export function messages(text: string): string[] {
  const parsed = parse(text);
  if (parsed.outcome === 'valid') return [];
  return parsed.issues.map((issue) => formatIssue(issue).replace('/etc/watchword/', ''));
}

/** The good file with one piece replaced. */
export function broken(piece: string, by: string): string {
  if (!GOOD.includes(piece)) throw new Error(`the good file holds no ${piece}`);
  return GOOD.replace(piece, () => by);
}
