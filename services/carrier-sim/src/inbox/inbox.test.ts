import { describe, expect, it } from 'vitest';
import { createInbox } from './inbox.ts';

const sms = (to: string, text: string) => ({ to, channel: 'sms' as const, provider: 'alpha', text });
const now = (): Date => new Date(0);

describe('the inbox', () => {
  it('gives what an address received, newest last', () => {
    const inbox = createInbox(10, now);
    inbox.receive(sms('+491', 'first'));
    inbox.receive(sms('+492', 'other'));
    inbox.receive(sms('+491', 'second'));
    expect(inbox.messagesTo('+491').map(({ text }) => text)).toEqual(['first', 'second']);
    expect(inbox.messagesTo('+493')).toEqual([]);
  });

  it('lists addresses by their newest message, and finds them by a part', () => {
    const inbox = createInbox(10, now);
    for (const to of ['+491', 'ada@example.com', '+492', '+491']) inbox.receive(sms(to, 'x'));
    expect(inbox.addresses('', 10).map(({ to, count }) => [to, count])).toEqual([
      ['+491', 2],
      ['+492', 1],
      ['ada@example.com', 1],
    ]);
    expect(inbox.addresses(' ADA', 10).map(({ to }) => to)).toEqual(['ada@example.com']);
    expect(inbox.addresses('', 1)).toHaveLength(1);
  });

  it('lets the oldest messages go when it is full, and addresses without any', () => {
    const inbox = createInbox(2, now);
    for (const [to, text] of [
      ['+491', 'a'],
      ['+492', 'b'],
      ['+492', 'c'],
      ['+492', 'd'],
    ] as const)
      inbox.receive(sms(to, text));
    expect(inbox.messagesTo('+491')).toEqual([]);
    expect(inbox.messagesTo('+492').map(({ text }) => text)).toEqual(['c', 'd']);
    expect(inbox.addresses('', 10)).toHaveLength(1);
  });

  it('tells listeners what arrives, until they leave', () => {
    const inbox = createInbox(10, now);
    const heard: unknown[] = [];
    const leave = inbox.subscribe((event) => heard.push(event === 'cleared' ? event : event.text));
    inbox.receive(sms('+491', 'a'));
    inbox.clear();
    leave();
    inbox.receive(sms('+491', 'b'));
    expect(heard).toEqual(['a', 'cleared']);
  });
});
