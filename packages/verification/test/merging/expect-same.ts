import { expect } from 'vitest';
import { isLive, type Verification } from '../../src/index.ts';
import { bestReceipt, tellsDecision, type KnownEvent } from './history.ts';

/** The state that a recovery makes of events is the one from before, as far as events tell it. */
export function expectSame(before: Verification, after: Verification, events: readonly KnownEvent[]): void {
  const settled = before.attempts.filter(({ state, send }) => state !== 'submitting' && send > 0);
  expect(after.checksUsed).toBe(before.checksUsed);
  for (const attempt of settled) {
    const k = before.attempts.indexOf(attempt) + 1;
    const { receiptAt: _, receiptError: __, decision, ...was } = attempt;
    const is = after.attempts[k - 1];
    expect(is, `attempt ${k}`).toMatchObject({ ...was, receipt: bestReceipt(events, k) });
    // nobody told of one whose worker vanished
    expect(tellsDecision(events, k) ? [decision] : ['', decision], `the decision of attempt ${k}`).toContain(
      is?.decision,
    );
  }
  if (!isLive(before)) {
    expect([after.status, after.approvedGeneration]).toEqual([before.status, before.approvedGeneration]);
    expect([after.request, after.lookup, after.tags, after.sendState]).toEqual([undefined, '', {}, 'none']);
    return;
  }
  const told = Math.max(0, ...settled.map(({ send }) => send));
  expect(after.status === 'admitted', 'admitted').toBe(told === 0 && after.send === 0);
  expect(after.send).toBeGreaterThanOrEqual(told);
  expect(after.send).toBeLessThanOrEqual(before.send);
  if (told > 0 && told === before.send) {
    expect([after.send, after.step, after.channel, after.sendState]).toEqual([
      before.send,
      before.step,
      before.channel,
      before.sendState,
    ]);
  }
  expect(after.generation).toBeGreaterThanOrEqual(Math.max(0, ...settled.map(({ generation }) => generation)));
  for (const { generation, state } of settled) {
    if (state === 'rejected' || generation <= before.generation - 3) continue;
    expect(after.tags[generation], `the tag of generation ${generation}`).toBe(before.tags[generation]);
  }
}
