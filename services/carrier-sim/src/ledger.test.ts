import { describe, expect, it } from 'vitest';
import { createLedger, type NewEntry } from './ledger.ts';

const entry: NewEntry = {
  provider: 'alpha',
  channel: 'sms',
  client_ref: 'vf_1.1',
  to: '+4915112345678',
  message_id: 'm',
  callback_url: null,
  answer: 'accepted',
  sent: true,
  arrives: true,
  receipts: [],
};

describe('the ledger', () => {
  it('keeps the newest entries, and reads on after a seq or from a time', () => {
    let ms = 0;
    const ledger = createLedger(3, () => new Date((ms += 1000)));
    for (let k = 0; k < 5; k++) ledger.add(entry);
    const seqs = (after: { seq: number } | { at: string }, limit = 10): number[] =>
      ledger.read(after, limit).map(({ seq }) => seq);
    expect(seqs({ seq: 0 })).toEqual([3, 4, 5]);
    expect(seqs({ seq: 0 }, 2)).toEqual([3, 4]);
    expect(seqs({ seq: 4 })).toEqual([5]);
    expect(seqs({ at: new Date(4000).toISOString() })).toEqual([4, 5]);
  });

  it('counts on after it was cleared, so that no reader misses an entry', () => {
    const ledger = createLedger(3, () => new Date(0));
    ledger.add(entry);
    ledger.clear();
    expect(ledger.add(entry).seq).toBe(2);
    expect(ledger.read({ seq: 1 }, 10)).toHaveLength(1);
  });
});
