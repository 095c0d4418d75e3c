import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateApiKey, hashApiKey } from './api-key.ts';

describe('API keys', () => {
  it('are well formed, name their mode and are never the same', () => {
    const keys = Array.from({ length: 200 }, (_, n) => generateApiKey(n % 2 ? 'live' : 'dev'));
    expect(new Set(keys).size).toBe(200);
    keys.forEach((key, n) => {
      expect(key).toMatch(n % 2 ? /^ww_live_[a-z2-7]{26}_[a-z2-7]{6}$/ : /^ww_dev_[a-z2-7]{26}_[a-z2-7]{6}$/);
    });
  });

  it('end in a checksum of what stands before it, so that a scanner tells a key from chance', () => {
    const checksums = Array.from({ length: 32 }, (_, n) =>
      generateApiKey('live', new Uint8Array(26).fill(n)).slice(-6),
    );
    expect(new Set(checksums).size).toBe(32);
    const key = (mode: 'live' | 'dev') => generateApiKey(mode, new Uint8Array(26).fill(3));
    expect(key('live')).toBe(key('live'));
    expect(key('live').slice(-6)).not.toBe(key('dev').slice(-6));
  });

  it('are kept as SHA-256, the same with or without the scheme of RFC 8959', () => {
    const key = generateApiKey('dev');
    const hash = createHash('sha256').update(key).digest('hex');
    expect(hashApiKey(key)).toBe(hash);
    expect(hashApiKey(`secret-token:${key}`)).toBe(hash);
    expect(hashApiKey(generateApiKey('dev'))).not.toBe(hash);
  });
});
