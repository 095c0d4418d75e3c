import { describe, expect, it } from 'vitest';
import { REST_MIN_MS } from './tenant-lines.ts';
import { createChannelGate, joinGates, type SendToOpen } from './channel-gate.ts';

const NOW = 1_000_000;
function open(most?: number) {
  const seen: string[] = [];
  let clock = 0;
  const gate = createChannelGate(
    { onEntered: (entered) => seen.push(entered), onWaiting: () => seen.push('woken') },
    () => clock,
    most,
  );
  return { gate, seen, pass: (ms: number) => (clock += ms) };
}
const send = (id: string, more: Partial<SendToOpen> = {}): SendToOpen => ({
  channel: 'sms',
  id,
  tenant: 'shop',
  createdAt: NOW,
  expiresAt: NOW + 600_000,
  first: true,
  here: true,
  now: NOW,
  ...more,
});

describe('a channel’s gate', () => {
  it('lets go at once while there is room and nobody waits; then all wait, in turn', () => {
    const { gate, seen } = open();
    gate.setRoom(3, 0);
    for (let n = 0; n < 3; n++) expect(gate.enter(send(`x${n}`))).toBe('go');
    expect([gate.enter(send('a')), gate.enter(send('b'))]).toEqual(['wait', 'wait']);
    expect(seen.slice(3)).toEqual(['waited', 'woken', 'waited']);
    for (let n = 0; n < 3; n++) gate.arrived(`x${n}`);
    gate.beginLook();
    gate.setRoom(1, 0);
    expect(gate.enter(send('c')), 'not before those who wait').toBe('wait');
    expect(gate.next()?.id).toBe('a');
    expect(gate.next(), 'no room').toBeUndefined();
  });

  it('lets nobody go before the first look', () => {
    const { gate, seen } = open();
    expect([gate.enter(send('a')), seen]).toEqual(['wait', ['waited', 'woken']]);
  });

  it('takes those for present that a look may have missed, and no longer', () => {
    const { gate } = open();
    gate.setRoom(10, 0);
    for (const id of ['there', 'before', 'early']) gate.enter(send(id));
    gate.arrived('there');
    gate.beginLook();
    gate.arrived('early');
    gate.enter(send('during'));
    gate.setRoom(10, 0);
    expect(gate.room()).toBe(7);
    gate.arrived('before');
    gate.arrived('during');
    gate.beginLook();
    gate.setRoom(10, 0);
    expect(gate.room()).toBe(10);
    gate.enter(send('late'));
    gate.beginLook();
    gate.setRoom(0, 0);
    expect(gate.room()).toBe(0);
  });

  it('leaves alone who waits for a quarter of what is before the last, but not for longer than a minute', () => {
    const { gate } = open(5_000);
    gate.setRoom(0, 25);
    for (let n = 0; n < 5_000; n++) gate.enter(send(`x${n}`));
    expect([gate.waits('x7'), gate.restMs(), gate.waits('y')]).toEqual([12_500, 12_500, undefined]);
    gate.setRoom(0, 200);
    expect(gate.restMs(), 'as much as would be gone soon').toBe(REST_MIN_MS);
    const { gate: long } = open();
    for (let n = 0; n < 50_000; n++) long.enter(send(`x${n}`));
    expect(long.restMs()).toBe(60_000);
  });

  it('counts who was left alone for long until it should have been called three times', () => {
    const { gate, pass } = open(5_000);
    gate.setRoom(0, 100);
    for (let n = 0; n < 5_000; n++) gate.enter(send(`x${n}`));
    gate.survey();
    expect(gate.waits('x0')).toBe(12_500);
    pass(31_000);
    expect(gate.survey().tenants.get('shop')!.waiting).toBe(1);
    pass(7_000);
    expect(gate.survey().tenants.has('shop')).toBe(false);
  });

  it('keeps no place for one that is to wait elsewhere, and lets it go where nobody has to wait', () => {
    const { gate, seen } = open();
    gate.setRoom(1, 0);
    expect(gate.enter(send('a', { here: false }))).toBe('go');
    gate.setRoom(0, 0);
    expect(gate.enter(send('b', { here: false }))).toBe('wait');
    expect([gate.waits('b'), gate.waiting(), seen]).toEqual([undefined, 0, ['went']]);
  });

  it('lets nobody go without room, and the one whose turn it is whatever else waits', async () => {
    const { gate } = open();
    gate.setRoom(0, 0);
    for (const id of ['a', 'b']) gate.enter(send(id));
    gate.setRoom(1, 0);
    const next = gate.next()!;
    const asked: string[] = [];
    const went = await gate.letIn(next, async () => asked.push(gate.enter(send('a')), gate.enter(send('b'))));
    expect({ went, asked }).toEqual({ went: true, asked: ['go', 'wait'] });
    expect(gate.enter(send('a')), 'the pass is for once').toBe('wait');
  });

  it('gives the place of one that had ended to the next', async () => {
    const { gate } = open();
    gate.setRoom(0, 0);
    for (const id of ['ended', 'b']) gate.enter(send(id));
    gate.setRoom(1, 0);
    expect(await gate.letIn(gate.next()!, async () => undefined)).toBe(false);
    expect(gate.room()).toBe(1);
    expect(gate.next()?.id).toBe('b');
  });

  it('puts one that could not be moved in front of its tenant’s others', async () => {
    const { gate } = open();
    gate.setRoom(0, 0);
    for (const id of ['a', 'b']) gate.enter(send(id));
    gate.setRoom(2, 0);
    const next = gate.next()!;
    await expect(gate.letIn(next, async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    gate.putBack(next);
    expect(gate.next()?.id).toBe('a');
  });

  it('counts the wait of a first send from the start, of a later one from when it was asked for', () => {
    const { gate, pass } = open();
    gate.setRoom(0, 0);
    gate.enter(send('later', { first: false, tenant: 'other', createdAt: NOW - 300_000 }));
    pass(5_000);
    expect(gate.survey().oldestMs).toBe(5_000);
    gate.enter(send('first', { createdAt: NOW - 20_000, now: NOW + 5_000 }));
    expect(gate.survey().oldestMs).toBe(25_000);
  });

  it('lets those wait in the state alone that the lines have no place for', () => {
    const { gate, seen } = open(1);
    gate.setRoom(0, 0);
    expect([gate.enter(send('a')), gate.enter(send('b'))]).toEqual(['wait', 'wait']);
    expect([gate.waits('a'), gate.waits('b')]).toEqual([REST_MIN_MS, undefined]);
    expect(seen).toContain('overflowed');
  });

  it('knows nothing of another channel’s backlog', () => {
    const [sms, voice] = [open().gate, open().gate];
    sms.setRoom(1, 0);
    const gate = joinGates(
      new Map([
        ['sms', sms],
        ['voice', voice],
      ] as const),
    );
    expect(gate.enter(send('call', { channel: 'voice' }))).toBe('wait');
    expect(gate.enter(send('text'))).toBe('go');
    expect([gate.waits('call'), gate.waits('text')]).toEqual([REST_MIN_MS, undefined]);
  });
});
