import type { Channel } from '@watchword/contracts';
import { QUEUE_LEAST } from './plan-room.ts';
import { createTenantLines, type LinesSurvey, type WaitingSend } from './tenant-lines.ts';

/**
 * Sends of one channel that wait in memory, about 20 MB of them. What is above waits in the state alone and asks again every
 * few seconds.
 */
const LINE_MAX = 100_000;

/** A send that is about to be opened. */
export interface SendToOpen extends Omit<WaitingSend, 'since'> {
  channel: Channel;
  /** The first one: the person waits for it since the start. */
  first: boolean;
  /** Whether it may have its place in line here: one dispatcher keeps it, or it would be counted twice. */
  here: boolean;
  /** Redis' clock. */
  now: number;
}

/** Where sends are asked in: the mover's side. Answers at once, from memory. */
export interface Gate {
  /**
   * Before a send is opened. `wait`: it has its place in line, and the mover is called again when it is its turn; or, where it is
   * not to wait here, it has none.
   */
  enter(send: SendToOpen): 'go' | 'wait';
  /** Whether it has a place in some line here. Asked when a deadline calls for it: who is called has not ended. */
  waits(id: string): boolean;
}

/** One channel's line and how much room its queue has: the side of who lets in. */
export interface ChannelGate {
  enter: (send: SendToOpen) => 'go' | 'wait';
  waits: (id: string) => boolean;
  waiting: () => number;
  survey: () => LinesSurvey;
  room: () => number;
  /** As a look at the queue found it. */
  setRoom: (room: number) => void;
  /** Takes the next one and keeps a place on the queue for it. */
  next: () => WaitingSend | undefined;
  /** Moves it with its pass. Whether it went on to the queue; if not, its place is free again. */
  letIn: (send: WaitingSend, move: () => Promise<unknown>) => Promise<boolean>;
  /** The one that `next` gave is not moved at all: its place on the queue is free again. */
  leaveOut: () => void;
  /** It could not be moved: it is its tenant's first again. */
  putBack: (send: WaitingSend) => void;
}

export interface GateEvents {
  onEntered(entered: 'went' | 'waited' | 'overflowed'): void;
  /** Somebody waits where nobody did: there may be room. */
  onWaiting(): void;
}

/**
 * While nobody waits and the queue has room a send goes at once. Else it waits for its turn, so that the queue, which is first
 * in first out whoever's jobs they are, stays short.
 *
 * @param clock monotonic, ms
 */
export function createChannelGate(events: GateEvents, clock: () => number, most = LINE_MAX): ChannelGate {
  const lines = createTenantLines(most);
  /** Those whose turn it is, and whether they have used it. */
  const passes = new Map<string, boolean>();
  // until the first look: what an idle queue has
  let room = QUEUE_LEAST;
  /** Redis' clock minus ours. */
  let ahead = 0;
  const now = (): number => clock() + ahead;

  return {
    enter(send) {
      ahead = send.now - clock();
      if (passes.has(send.id)) {
        passes.set(send.id, true);
        return 'go';
      }
      if (lines.size() === 0 && room > 0) {
        room -= 1;
        events.onEntered('went');
        return 'go';
      }
      if (lines.see(send.id, send.now) || !send.here) return 'wait';
      const { id, tenant, createdAt, expiresAt } = send;
      const taken = lines.add({ id, tenant, createdAt, expiresAt, since: send.first ? createdAt : send.now });
      events.onEntered(taken ? 'waited' : 'overflowed');
      // behind others it has its turn by the next look
      if (lines.size() === 1) events.onWaiting();
      return 'wait';
    },
    waits: (id) => lines.see(id, now()),
    waiting: () => lines.size(),
    survey: () => lines.survey(now()),
    room: () => room,
    setRoom: (found) => void (room = found),
    next() {
      if (room <= 0) return undefined;
      const send = lines.take(now());
      if (send) room -= 1;
      return send;
    },
    async letIn({ id }, move) {
      passes.set(id, false);
      try {
        await move();
        if (!passes.get(id)) room += 1;
        return passes.get(id)!;
      } finally {
        passes.delete(id);
      }
    },
    leaveOut: () => void (room += 1),
    putBack: (send) => lines.putBack(send),
  };
}

/** All channels' gates as the mover sees them. */
export function joinGates(gates: ReadonlyMap<Channel, ChannelGate>): Gate {
  const all = [...gates.values()];
  return {
    enter: (send) => gates.get(send.channel)!.enter(send),
    waits: (id) => all.some((gate) => gate.waits(id)),
  };
}
