import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateApiKey, hashApiKey, matchesApiKey, parseApiKey } from './api-key.ts';

describe('API keys', () => {
  it('are well formed, name their mode and are never the same', () => {
    const keys = Array.from({ length: 200 }, (_, n) => generateApiKey(n % 2 ? 'live' : 'dev'));
    expect(new Set(keys).size).toBe(200);
    keys.forEach((key, n) => {
      expect(key).toMatch(/^ww_(live|dev)_[a-z2-7]{26}_[a-z2-7]{6}$/);
      expect(parseApiKey(key)).toEqual({ mode: n % 2 ? 'live' : 'dev' });
    });
  });

  it('are told from mistyped ones by their checksum', () => {
    const key = generateApiKey('live', new Uint8Array(26).fill(3));
    for (let at = 0; at < key.length; at++) {
      const changed = key.slice(0, at) + (key[at] === 'a' ? 'b' : 'a') + key.slice(at + 1);
      expect(parseApiKey(changed)).toBeUndefined();
    }
    expect(parseApiKey(key.replace('live', 'dev'))).toBeUndefined();
    expect(parseApiKey(`${key}\n`)).toBeUndefined();
  });

  it('are kept as SHA-256 and matched with or without the scheme of RFC 8959', () => {
    const key = generateApiKey('dev');
    const hash = createHash('sha256').update(key).digest('hex');
    expect(hashApiKey(key)).toBe(hash);
    expect(hashApiKey(`secret-token:${key}`)).toBe(hash);
    expect(parseApiKey(`secret-token:${key}`)).toEqual({ mode: 'dev' });
    expect(matchesApiKey(key, hash)).toBe(true);
    expect(matchesApiKey(generateApiKey('dev'), hash)).toBe(false);
    expect(matchesApiKey(key, '')).toBe(false);
  });
});
