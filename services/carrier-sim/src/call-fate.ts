import type { Behaviour } from './behaviour.ts';
import { type Answer, chooseAnswer, deliveryProbability, drawLatency, entersNetwork, tell } from './fate.ts';
import type { Random } from './random.ts';

type CallStatus =
  | 'started'
  | 'ringing'
  | 'answered'
  | 'human'
  | 'machine'
  | 'completed'
  | 'busy'
  | 'unanswered'
  | 'rejected'
  | 'failed';

export interface CallEvent {
  atMs: number;
  status: CallStatus;
  detail?: string;
  /** Of a completed call, in telephone seconds. */
  durationS?: number;
}

export interface CallOrder {
  /** As normalised by `normaliseAddress`. */
  to: string;
  ringingTimerS: number;
  lengthTimerS: number;
  /** How long the whole announcement takes. */
  speechS: number;
  /** The caller asked for `human` and `machine` events; `hangup` ends the call on a machine. */
  detection: 'none' | 'continue' | 'hangup';
}

export interface CallFate {
  answer: Answer;
  sent: boolean;
  /** When a person picks up and hears the words; undefined where nobody does. */
  heardAtMs: number | undefined;
  /** The share of the words that was heard before the line went dead, in (0, 1]. */
  heardShare: number;
  receipts: CallEvent[];
  receiptsFirst: boolean;
}

type Ending = 'answered' | 'machine' | 'busy' | 'unanswered' | 'rejected' | 'failed';

/** A phone rings in about this share of the time until it is picked up. */
const RINGING_SHARE = 0.3;
/** How long the network listens before it says human or machine, in telephone seconds. */
const DETECTION_S = 3;

/** Decides a call's fate; like `decideMessage`, with a fixed number of random numbers. */
export function decideCall(behaviour: Behaviour, order: CallOrder, random: Random): CallFate {
  const draws = { error: random(), reset: random(), fate: random(), answer: random(), route: random() };
  const receiptDraw = random();
  const pickUpMs = drawLatency(behaviour.latency, random(), random());
  const answer = chooseAnswer(behaviour, order.to, draws.error);
  const refusal = answer === 'invalid_number' || answer === 'blocked' ? answer : undefined;
  const sent = entersNetwork(answer, draws.reset < behaviour.reset_sends);
  if (!sent && !refusal) {
    return { answer, sent, heardAtMs: undefined, heardShare: 0, receipts: [], receiptsFirst: false };
  }

  const ringLimitMs = order.ringingTimerS * 1000 * behaviour.voice.time_scale;
  const routed = draws.route < deliveryProbability(behaviour, order.to);
  const ending = refusal ? 'rejected' : chooseEnding(behaviour, { ...draws, routed, inTime: pickUpMs <= ringLimitMs });
  const talkS = talkSeconds(behaviour, order, ending);
  const mode = receiptDraw < behaviour.receipts.probability ? behaviour.receipts.mode : 'normal';
  const claimed = mode === 'fake' && ending !== 'answered' ? 'answered' : ending;
  const claimedS = claimed === ending ? talkS : talkSeconds(behaviour, order, claimed);
  const events = eventsOf(claimed, {
    order,
    scale: behaviour.voice.time_scale,
    pickUpMs,
    endMs: ending === 'unanswered' ? ringLimitMs : pickUpMs,
    talkS: claimedS,
    rejection: refusal === 'invalid_number' ? 'invalid_number' : refusal === 'blocked' ? 'restricted' : 'declined',
  });
  return {
    answer,
    sent,
    heardAtMs: ending === 'answered' ? pickUpMs : undefined,
    heardShare: ending === 'answered' ? Math.min(1, talkS / Math.max(order.speechS, 1)) : 0,
    ...tell(events, mode, behaviour.receipts.delay_ms),
  };
}

/** How the call ends. A call that finds no route (the delivery probability) fails. */
function chooseEnding(
  behaviour: Behaviour,
  draws: { fate: number; answer: number; routed: boolean; inTime: boolean },
): Ending {
  const { busy, unanswered, machine, rejected, failed, answer } = behaviour.voice;
  if (!draws.routed) return 'failed';
  let rest = draws.fate;
  const fates: [Ending, number][] = [
    ['busy', busy],
    ['unanswered', unanswered],
    ['machine', machine],
    ['rejected', rejected],
    ['failed', failed],
  ];
  for (const [ending, probability] of fates) {
    if (rest < probability) return ending;
    rest -= probability;
  }
  return draws.answer < answer && draws.inTime ? 'answered' : 'unanswered';
}

/** How long the line is open, in telephone seconds: the speech, cut by the caller, the person, or the machine's discovery. */
function talkSeconds(behaviour: Behaviour, order: CallOrder, ending: Ending): number {
  const limits = [Math.max(1, Math.ceil(order.speechS)), order.lengthTimerS];
  if (ending === 'answered' && behaviour.voice.hang_up_after_s > 0) limits.push(behaviour.voice.hang_up_after_s);
  if (ending === 'machine' && order.detection === 'hangup') limits.push(DETECTION_S);
  return Math.min(...limits);
}

interface CallCourse {
  order: CallOrder;
  scale: number;
  pickUpMs: number;
  /** When a call that nobody picked up came to its end. */
  endMs: number;
  talkS: number;
  rejection: string;
}

function eventsOf(ending: Ending, course: CallCourse): CallEvent[] {
  const { pickUpMs, endMs, talkS, scale } = course;
  const started: CallEvent = { atMs: 0, status: 'started' };
  const ringing: CallEvent = { atMs: pickUpMs * RINGING_SHARE, status: 'ringing' };
  switch (ending) {
    case 'answered':
    case 'machine': {
      const detected: CallEvent[] =
        course.order.detection === 'none'
          ? []
          : [
              {
                atMs: pickUpMs + Math.min(DETECTION_S, talkS) * 1000 * scale,
                status: ending === 'machine' ? 'machine' : 'human',
              },
            ];
      const completed: CallEvent = { atMs: pickUpMs + talkS * 1000 * scale, status: 'completed', durationS: talkS };
      return [started, ringing, { atMs: pickUpMs, status: 'answered' }, ...detected, completed];
    }
    case 'busy':
      return [started, ringing, { atMs: endMs, status: 'busy' }];
    case 'unanswered':
      return [started, ringing, { atMs: Math.max(endMs, ringing.atMs), status: 'unanswered', detail: 'timeout' }];
    case 'rejected':
      return [started, { atMs: ringing.atMs, status: 'rejected', detail: course.rejection }];
    case 'failed':
      return [started, { atMs: ringing.atMs, status: 'failed', detail: 'cannot_route' }];
  }
}
