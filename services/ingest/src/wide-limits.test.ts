import type { Charge, WideLimits } from '@watchword/risk';
import type { TenantConfig } from '@watchword/runtime';
import { describe, expect, it } from 'vitest';
import { whileCharged, wideCharges } from './wide-limits.ts';

const wide = { tenantPerMinute: 10, ipPrefixPerHour: 10, countryPerMinute: 10, numberPrefixPer10Minutes: 10 };
const tenant = { id: 'demo', limits: { wide } } as unknown as TenantConfig;
const names = (charges: readonly Charge[]): string[] => charges.map(({ scope, key }) => `${scope} ${key}`);

it('every country and every block of numbers is charged once, an e-mail address for neither', () => {
  const recipients = [
    { country: '', value: 'ann@example.com' },
    { country: 'DE', value: '+4915112341111' },
    { country: 'DE', value: '+4915112342222' },
    { country: 'FR', value: '+33612345678' },
  ];
  expect(names(wideCharges(tenant, recipients, '203.0.113.7'))).toEqual([
    'tenant demo',
    'ip_prefix demo|203.0.113.0/24',
    'country demo|DE',
    'country demo|FR',
    'number_prefix demo|+491511234',
    'number_prefix demo|+3361234',
  ]);
});

describe('charges', () => {
  const charges = wideCharges(tenant, [], undefined);
  function book(faults: { refund?: Error } = {}): { limits: WideLimits; told: string[] } {
    const told: string[] = [];
    const limits: WideLimits = {
      charge: async () => (told.push('charge'), { outcome: 'allowed' }),
      refund: async () => {
        told.push('refund');
        if (faults.refund) throw faults.refund;
      },
    };
    return { limits, told };
  }

  it('stay where a message goes out', async () => {
    const { limits, told } = book();
    await whileCharged(limits, charges, async () => ({ sends: true, result: 1 }));
    expect(told).toEqual(['charge']);
  });

  it('are given back where none does', async () => {
    const { limits, told } = book();
    const acted = await whileCharged(limits, charges, async () => ({ sends: false, result: 1 }));
    expect(acted).toEqual({ outcome: 'acted', result: 1 });
    expect(told).toEqual(['charge', 'refund']);
  });

  it('are given back after a fault, which is told even when that fails too', async () => {
    const { limits, told } = book({ refund: new Error('the second') });
    const failing = whileCharged(limits, charges, async () => Promise.reject(new Error('the first')));
    await expect(failing).rejects.toThrow('the first');
    expect(told).toEqual(['charge', 'refund']);
  });
});
