import { describe, expect, it } from 'vitest';
import { createChannelGate, joinGates, type SendToOpen } from './channel-gate.ts';
import { QUEUE_LEAST } from './plan-room.ts';

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
    for (let n = 0; n < QUEUE_LEAST; n++) expect(gate.enter(send(`x${n}`))).toBe('go');
    expect([gate.enter(send('a')), gate.enter(send('b'))]).toEqual(['wait', 'wait']);
    expect(seen.slice(QUEUE_LEAST)).toEqual(['waited', 'woken', 'waited']);
    gate.setRoom(1);
    expect(gate.enter(send('c')), 'not before those who wait').toBe('wait');
    expect(gate.next()?.id).toBe('a');
    expect(gate.next(), 'no room').toBeUndefined();
  });

  it('keeps no place for one that is to wait elsewhere, and lets it go where nobody has to wait', () => {
    const { gate, seen } = open();
    expect(gate.enter(send('a', { here: false }))).toBe('go');
    gate.setRoom(0);
    expect(gate.enter(send('b', { here: false }))).toBe('wait');
    expect([gate.waits('b'), gate.waiting(), seen]).toEqual([false, 0, ['went']]);
  });

  it('lets nobody go without room, and the one whose turn it is whatever else waits', async () => {
    const { gate } = open();
    gate.setRoom(0);
    for (const id of ['a', 'b']) gate.enter(send(id));
    gate.setRoom(1);
    const next = gate.next()!;
    const asked: string[] = [];
    const went = await gate.letIn(next, async () => asked.push(gate.enter(send('a')), gate.enter(send('b'))));
    expect({ went, asked }).toEqual({ went: true, asked: ['go', 'wait'] });
    expect(gate.enter(send('a')), 'the pass is for once').toBe('wait');
  });

  it('gives the place of one that had ended to the next', async () => {
    const { gate } = open();
    gate.setRoom(0);
    for (const id of ['ended', 'b']) gate.enter(send(id));
    gate.setRoom(1);
    expect(await gate.letIn(gate.next()!, async () => undefined)).toBe(false);
    expect(gate.room()).toBe(1);
    expect(gate.next()?.id).toBe('b');
  });

  it('puts one that could not be moved in front of its tenant’s others', async () => {
    const { gate } = open();
    gate.setRoom(0);
    for (const id of ['a', 'b']) gate.enter(send(id));
    gate.setRoom(2);
    const next = gate.next()!;
    await expect(gate.letIn(next, async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    gate.putBack(next);
    expect(gate.next()?.id).toBe('a');
  });

  it('counts the wait of a first send from the start, of a later one from when it was asked for', () => {
    const { gate, pass } = open();
    gate.setRoom(0);
    gate.enter(send('later', { first: false, tenant: 'other', createdAt: NOW - 300_000 }));
    pass(5_000);
    expect(gate.survey().oldestMs).toBe(5_000);
    gate.enter(send('first', { createdAt: NOW - 20_000, now: NOW + 5_000 }));
    expect(gate.survey().oldestMs).toBe(25_000);
  });

  it('lets those wait in the state alone that the lines have no place for', () => {
    const { gate, seen } = open(1);
    gate.setRoom(0);
    expect([gate.enter(send('a')), gate.enter(send('b'))]).toEqual(['wait', 'wait']);
    expect([gate.waits('a'), gate.waits('b')]).toEqual([true, false]);
    expect(seen).toContain('overflowed');
  });

  it('knows nothing of another channel’s backlog', () => {
    const [sms, voice] = [open().gate, open().gate];
    voice.setRoom(0);
    const gate = joinGates(
      new Map([
        ['sms', sms],
        ['voice', voice],
      ] as const),
    );
    expect(gate.enter(send('call', { channel: 'voice' }))).toBe('wait');
    expect(gate.enter(send('text'))).toBe('go');
    expect([gate.waits('call'), gate.waits('text')]).toEqual([true, false]);
  });
});
