import type { Channel } from '@watchword/contracts';
import { normaliseAddress } from '../address.ts';
import { createRing } from '../ring.ts';

/** Something that reached a person: a text, the words of a call, a mail. */
export interface InboxMessage {
  /** Counts from 1 in order of arrival. */
  id: number;
  /** `+` and digits, or a mail address in lower case. */
  to: string;
  channel: Channel;
  provider: string;
  text: string;
  received_at: string;
}

/** A phone or a mailbox that has received something. */
export interface InboxAddress {
  to: string;
  count: number;
  last: InboxMessage;
}

export interface Inbox {
  receive(message: Omit<InboxMessage, 'id' | 'received_at'>): InboxMessage;
  /** What an address has received, newest last. */
  messagesTo(address: string): readonly InboxMessage[];
  /** Addresses that contain `search`, the one with the newest message first. */
  addresses(search: string, limit: number): InboxAddress[];
  subscribe(listener: InboxListener): () => void;
  clear(): void;
}

/** Called with each message as it arrives, and with `cleared` when the inbox was emptied. */
type InboxListener = (event: InboxMessage | 'cleared') => void;

/** Keeps the newest `capacity` messages over all addresses. */
export function createInbox(capacity: number, now: () => Date): Inbox {
  const ring = createRing<InboxMessage>(capacity);
  // In the order of their newest message, oldest first: an address moves to the end when it receives one.
  const byAddress = new Map<string, InboxMessage[]>();
  const listeners = new Set<InboxListener>();
  let lastId = 0;

  function forget(gone: InboxMessage): void {
    const messages = byAddress.get(gone.to);
    // The oldest of all is the oldest of its address.
    messages?.shift();
    if (messages?.length === 0) byAddress.delete(gone.to);
  }

  return {
    receive(arrived) {
      lastId += 1;
      const message: InboxMessage = { id: lastId, ...arrived, received_at: now().toISOString() };
      const gone = ring.add(message);
      if (gone) forget(gone);
      const messages = byAddress.get(message.to) ?? [];
      messages.push(message);
      byAddress.delete(message.to);
      byAddress.set(message.to, messages);
      for (const listener of listeners) listener(message);
      return message;
    },
    messagesTo: (address) => byAddress.get(normaliseAddress(address)) ?? [],
    addresses(search, limit) {
      const wanted = search.trim().toLowerCase();
      const found: InboxAddress[] = [];
      for (const [to, messages] of [...byAddress].reverse()) {
        if (found.length >= limit) break;
        if (to.includes(wanted)) found.push({ to, count: messages.length, last: messages.at(-1)! });
      }
      return found;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clear() {
      ring.clear();
      byAddress.clear();
      for (const listener of listeners) listener('cleared');
    },
  };
}
