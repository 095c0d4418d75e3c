import type { Behaviour, ErrorMode } from './behaviour.ts';
import { type Random, toNormal } from './random.ts';

/** What a submission meets at the door. */
export type Answer = 'accepted' | ErrorMode;

/** Something that is told about a message, `atMs` after it was submitted. */
export interface PlannedReceipt {
  atMs: number;
  status: 'submitted' | 'delivered' | 'rejected' | 'undeliverable';
  /** Of the vendor's list of message errors. */
  errorCode?: number;
}

/** All that will happen to a message, decided when it comes in, so that timing cannot change it. */
export interface MessageFate {
  answer: Answer;
  /** It entered the network; whether it also arrives is `arrivesAtMs`. */
  sent: boolean;
  arrivesAtMs: number | undefined;
  receipts: PlannedReceipt[];
  /** The receipts go out before the answer to the submission. */
  receiptsFirst: boolean;
}

/** The vendor's code for a message whose time to live ran out. */
const CODE_EXPIRED = 1360;
/** "Number Blocked by Carrier". */
const CODE_BLOCKED = 1280;
/** A vendor hands a message to the carrier in about this share of the time it takes to reach the handset. */
const HANDOVER_SHARE = 0.2;
/** The longest latency that a draw may give: an hour, longer than any one-time password lives. */
const LATENCY_MAX_MS = 3_600_000;

/**
 * Decides a message's fate. Always takes the same number of random numbers, so that a change of behaviour does not shift
 * the fates of later messages.
 * @param to as normalised by `normaliseAddress`
 * @param ttlMs how long the network may try
 */
export function decideMessage(behaviour: Behaviour, to: string, ttlMs: number, random: Random): MessageFate {
  const draws = { error: random(), reset: random(), arrives: random(), receipts: random() };
  const latencyMs = drawLatency(behaviour.latency, random(), random());
  const answer = chooseAnswer(behaviour, to, draws.error);
  const sent = entersNetwork(answer, draws.reset < behaviour.reset_sends);
  const receiptMode = draws.receipts < behaviour.receipts.probability ? behaviour.receipts.mode : 'normal';
  const handedOver: PlannedReceipt = { atMs: latencyMs * HANDOVER_SHARE, status: 'submitted' };

  if (answer === 'blocked') {
    const refused: PlannedReceipt = { atMs: handedOver.atMs, status: 'rejected', errorCode: CODE_BLOCKED };
    return { answer, sent, arrivesAtMs: undefined, ...tell([refused], receiptMode, behaviour.receipts.delay_ms) };
  }
  if (!sent) return { answer, sent, arrivesAtMs: undefined, receipts: [], receiptsFirst: false };

  const inTime = latencyMs <= ttlMs;
  const arrives = inTime && draws.arrives < deliveryProbability(behaviour, to);
  const end: PlannedReceipt =
    arrives || receiptMode === 'fake'
      ? { atMs: latencyMs, status: 'delivered' }
      : inTime
        ? { atMs: latencyMs, status: behaviour.delivery.failure.status, errorCode: behaviour.delivery.failure.code }
        : { atMs: ttlMs, status: 'rejected', errorCode: CODE_EXPIRED };
  const told = tell([handedOver, end], receiptMode, behaviour.receipts.delay_ms);
  return { answer, sent, arrivesAtMs: arrives ? latencyMs : undefined, ...told };
}

/** Which error mode, if any: the recipient's own, else by probability. */
export function chooseAnswer(behaviour: Behaviour, to: string, draw: number): Answer {
  const own = Object.hasOwn(behaviour.by_recipient, to) ? behaviour.by_recipient[to] : undefined;
  if (own) return own;
  let rest = draw;
  for (const [mode, probability] of Object.entries(behaviour.errors)) {
    if (rest < probability) return mode as ErrorMode;
    rest -= probability;
  }
  return 'accepted';
}

/** Whether a submission that met `answer` goes out all the same. */
export function entersNetwork(answer: Answer, resetSends: boolean): boolean {
  return answer === 'accepted' || answer === 'accept_then_hang' || (answer === 'reset' && resetSends);
}

/** The probability that something arrives at this number: that of its longest known prefix, else the overall one. */
export function deliveryProbability(behaviour: Behaviour, to: string): number {
  let best = '';
  let probability = behaviour.delivery.probability;
  for (const [prefix, own] of Object.entries(behaviour.delivery.by_prefix)) {
    const spelled = prefix.startsWith('+') ? prefix : `+${prefix}`;
    if (spelled.length > best.length && to.startsWith(spelled)) {
      best = spelled;
      probability = own;
    }
  }
  return probability;
}

/** Milliseconds to the handset, from two uniform numbers. */
export function drawLatency(latency: Behaviour['latency'], first: number, second: number): number {
  const factor =
    latency.kind === 'fixed'
      ? 1 + (2 * first - 1) * Math.min(latency.spread, 1)
      : Math.exp(latency.spread * toNormal(first, second));
  return Math.min(Math.round(latency.median_ms * factor), LATENCY_MAX_MS);
}

/** Arranges what is told, in the order of time, as the mode wants it. */
export function tell<T extends { atMs: number }>(
  events: T[],
  mode: Behaviour['receipts']['mode'],
  delayMs: number,
): { receipts: T[]; receiptsFirst: boolean } {
  return { receipts: arrange(events, mode, delayMs), receiptsFirst: mode === 'early' };
}

function arrange<T extends { atMs: number }>(events: T[], mode: Behaviour['receipts']['mode'], delayMs: number): T[] {
  switch (mode) {
    case 'normal':
    case 'fake':
      return events;
    case 'none':
      return [];
    case 'late':
      return events.map((event) => ({ ...event, atMs: event.atMs + delayMs }));
    case 'duplicate':
      return events
        .flatMap((event) => [event, { ...event, atMs: event.atMs + delayMs }])
        .sort((a, b) => a.atMs - b.atMs);
    case 'out_of_order': {
      // The last one at its time; the ones before it come after it, backwards.
      const start = events.at(-1)?.atMs ?? 0;
      return events.toReversed().map((event, index) => ({ ...event, atMs: start + index * delayMs }));
    }
    case 'early':
      return events.map((event) => ({ ...event, atMs: 0 }));
  }
}
