import type { PressureReport } from '@watchword/verification';
import { describe, expect, it } from 'vitest';
import { NOBODY, judgePressure } from './judge-pressure.ts';

const report = (more: Partial<PressureReport>): PressureReport => ({
  channel: 'sms',
  instance: 'd1',
  everyone: 0,
  tenants: {},
  ...more,
});

describe('who is refused', () => {
  it('is nobody while nothing is known or told', () => {
    for (const reports of [[], [report({})], [report({ everyone: 0.19, tenants: { shop: 0.19 } })]]) {
      const judged = judgePressure(NOBODY, reports);
      expect(judged.get('sms')).toEqual({ everyone: false, tenants: new Set() });
    }
  });

  it('is a tenant whose own sends wait, on that channel alone; everyone, where the queue itself waits', () => {
    const judged = judgePressure(NOBODY, [
      report({ tenants: { shop: 0.2, bank: 0.1 } }),
      report({ channel: 'voice', everyone: 0.3 }),
    ]);
    expect(judged.get('sms')).toEqual({ everyone: false, tenants: new Set(['shop']) });
    expect(judged.get('voice')).toEqual({ everyone: true, tenants: new Set() });
    expect(judged.get('email')).toEqual({ everyone: false, tenants: new Set() });
  });

  it('is whom the worst of the dispatchers’ reports names', () => {
    const reports = [report({ tenants: { shop: 0.01 } }), report({ instance: 'd2', tenants: { shop: 0.5 } })];
    expect(judgePressure(NOBODY, reports).get('sms')?.tenants).toEqual(new Set(['shop']));
  });

  it('stays refused down to a tenth, and is let in below it', () => {
    const refused = judgePressure(NOBODY, [report({ everyone: 0.2, tenants: { shop: 0.25 } })]);
    const still = judgePressure(refused, [report({ everyone: 0.1, tenants: { shop: 0.1 } })]);
    expect(still).toEqual(refused);
    const after = judgePressure(still, [report({ everyone: 0.09, tenants: { shop: 0.09 } })]);
    expect(after.get('sms')).toEqual({ everyone: false, tenants: new Set() });
    // and what is not told any more is over
    expect(judgePressure(still, []).get('sms')).toEqual({ everyone: false, tenants: new Set() });
  });
});
