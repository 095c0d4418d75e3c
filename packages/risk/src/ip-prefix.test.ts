import { describe, expect, it } from 'vitest';
import { ipPrefix } from './ip-prefix.ts';

describe('ipPrefix', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['10.1.2.3', '10.1.2.0/24'],
    ['127.0.0.1', '127.0.0.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:DB8:0001::1', '2001:db8:1::/48'],
    ['::1', '::/48'],
    ['::ffff:203.0.113.77', '203.0.113.0/24'],
    ['::ffff:cb00:714d', '203.0.113.0/24'],
    ['fe80::1%eth0', 'fe80::/48'],
  ])('%s counts for %s', (ip, prefix) => {
    expect(ipPrefix(ip)).toBe(prefix);
  });

  it.each([
    '',
    'unknown',
    '203.0.113',
    '203.0.113.256',
    '0x7f.1',
    '017.0.0.1',
    '2130706433',
    '203.0.113.7:80',
    '[::1]',
    ':::',
  ])('is undefined for %j', (text) => {
    expect(ipPrefix(text)).toBeUndefined();
  });

  it('is undefined for a text of any length', () => {
    expect(ipPrefix('1'.repeat(100_000))).toBeUndefined();
    expect(ipPrefix(`fe80::1%${'a'.repeat(100_000)}`)).toBeUndefined();
  });
});
