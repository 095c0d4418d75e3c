import type { Channel } from '@watchword/contracts';
import { REST_MIN_MS, createTenantLines, type LinesSurvey, type WaitingSend } from './tenant-lines.ts';

/**
 * Sends of one channel that wait in memory, about 20 MB of them. What is above waits in the state alone and asks again after its
 * rest.
 */
const LINE_MAX = 100_000;

/**
 * Who waits asks again once in a while, should the dispatcher that keeps its place have died; those in long lines less often,
 * or most of the work would be looking at them. A dispatcher's death costs them that much of a wait that is long already.
 */
const REST_MAX_MS = 60_000;
/** The part of the wait that is before the last in line. */
const REST_SHARE = 0.25;
/** What a channel sends a second at least, where nothing is known: in an outage a short line is still looked at often. */
const PER_SECOND_MIN = 100;

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
  /** The move of one that was let go is over: its job is on the queue, or none will come. */
  arrived(channel: Channel, id: string): void;
  /**
   * Where it has a place in some line here: how long it may be left alone, ms. Asked when a deadline calls for it: who is called
   * has not ended.
   */
  waits(id: string): number | undefined;
  /** How long who waits for a channel may be left alone, ms. */
  restMs(channel: Channel): number;
}

/** One channel's line and how much room its queue has: the side of who lets in. */
export interface ChannelGate {
  enter: (send: SendToOpen) => 'go' | 'wait';
  arrived: (id: string) => void;
  waits: (id: string) => number | undefined;
  restMs: () => number;
  waiting: () => number;
  survey: () => LinesSurvey;
  room: () => number;
  /** Before the queue is looked at: what is on its way to it by then may be missing from what is found. */
  beginLook: () => void;
  /** As the look found it, less what it may have missed, and how many go a second. */
  setRoom: (room: number, perSecond: number) => void;
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
  /** Let go at once, and not known to be on the queue. */
  const onTheirWay = new Set<string>();
  /** How many the look that is under way may miss. */
  let unseen = 0;
  // until the first look, which is soon, nobody knows of any
  let room = 0;
  /** Redis' clock minus ours. */
  let ahead = 0;
  let perSecond = 0;
  const now = (): number => clock() + ahead;

  function restMs(): number {
    const waitMs = (lines.size() / Math.max(perSecond, PER_SECOND_MIN)) * 1000;
    return Math.round(Math.min(REST_MAX_MS, Math.max(REST_MIN_MS, waitMs * REST_SHARE)));
  }

  return {
    enter(send) {
      ahead = send.now - clock();
      if (passes.has(send.id)) {
        passes.set(send.id, true);
        return 'go';
      }
      if (lines.size() === 0 && room > 0) {
        room -= 1;
        unseen += 1;
        onTheirWay.add(send.id);
        events.onEntered('went');
        return 'go';
      }
      if (lines.see(send.id, send.now, restMs()) || !send.here) return 'wait';
      const { id, tenant, createdAt, expiresAt } = send;
      const taken = lines.add({ id, tenant, createdAt, expiresAt, since: send.first ? createdAt : send.now });
      events.onEntered(taken ? 'waited' : 'overflowed');
      // behind others it has its turn by the next look
      if (lines.size() === 1) events.onWaiting();
      return 'wait';
    },
    arrived: (id) => void onTheirWay.delete(id),
    waits(id) {
      const rest = restMs();
      return lines.see(id, now(), rest) ? rest : undefined;
    },
    restMs,
    waiting: () => lines.size(),
    survey: () => lines.survey(now()),
    room: () => room,
    beginLook: () => void (unseen = onTheirWay.size),
    setRoom(found, rate) {
      room = Math.max(0, found - unseen);
      perSecond = rate;
    },
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
    arrived: (channel, id) => gates.get(channel)!.arrived(id),
    waits(id) {
      for (const gate of all) {
        const rest = gate.waits(id);
        if (rest !== undefined) return rest;
      }
      return undefined;
    },
    restMs: (channel) => gates.get(channel)!.restMs(),
  };
}
