import { BUCKETS, BaseError } from '@watchword/contracts';
import type { QueueDepth } from '@watchword/queues';
import type { ChannelGate } from './channel-gate.ts';
import { estimatePerSecond, keepLooks, planRoom, type QueueLook } from './plan-room.ts';
import { createRetryLater } from './retry-later.ts';
import type { WaitingSend } from './tenant-lines.ts';

/** Between two looks while there is traffic: a fifth of the work that lies on the queue. */
const LOOK_MS = 100;
/** While the queue is empty and nobody waits; also after a look that failed. */
const IDLE_LOOK_MS = 500;
/** Who finds no room calls for a look, and many may in one moment. */
const LOOK_AGAIN_MS = 20;
/** Sends let in at the same time: a few round trips each, so thousands a second. */
const MOVES_AT_ONCE = 32;
/** A slower rate than the room's, to tell what a newcomer has to expect. */
const FORECAST_WINDOW_MS = 10_000;
/**
 * A bucket that could not be reached: its sends would each hold up the channel's others for a time-out. One of them finds out
 * whether it is back; it is soon, where a replica takes over.
 */
const BUCKET_REST = { firstMs: 1_000, maxMs: 5_000, most: BUCKETS };

export interface LetInDeps {
  gate: ChannelGate;
  depth: () => Promise<QueueDepth>;
  /** Looks at a verification again; it asks the gate and finds its pass. */
  move: (id: string) => Promise<unknown>;
  /** What a fault of one verification is likely to be a fault of too. */
  bucketOf: (id: string) => number;
  highWater: number;
  /** How many dispatchers share the queue's room. */
  dispatchers: () => number;
  onLook: (depth: QueueDepth) => void;
  onLetIn: () => void;
  onFault: (error: unknown, what: string) => void;
  now?: () => number;
}

export interface LettingIn {
  /** Somebody waits: looks soon. */
  wake: () => void;
  /** What the workers have lately finished, a second. */
  perSecond: () => number;
  stop: () => Promise<void>;
}

/**
 * Lets the waiting sends of one channel on to its queue, in turn, as the workers take them off. While the queue does not answer
 * nobody is let in: what comes meanwhile waits in line too, and not in an outage's heap of commands without a measure.
 */
export function startLettingIn(deps: LetInDeps): LettingIn {
  const { gate } = deps;
  const now = deps.now ?? (() => performance.now());
  const rest = createRest(now);
  let looks: QueueLook[] = [];
  let forecast: QueueLook[] = [];
  const stopping = new AbortController();
  const resting = createRetryLater({ ...BUCKET_REST, now });
  let failing = false;

  async function look(): Promise<number> {
    gate.beginLook();
    const depth = await deps.depth();
    const seen = { ...depth, at: now() };
    looks = keepLooks(looks, seen);
    forecast = keepLooks(forecast, seen, FORECAST_WINDOW_MS);
    const { highWater } = deps;
    const perSecond = estimatePerSecond(looks);
    gate.setRoom(planRoom({ look: seen, perSecond, highWater, dispatchers: deps.dispatchers() }), perSecond);
    deps.onLook(depth);
    await Promise.all(Array.from({ length: MOVES_AT_ONCE }, letInWhileRoom));
    const quiet = gate.waiting() === 0 && depth.waiting + depth.active === 0;
    return quiet ? IDLE_LOOK_MS : LOOK_MS;
  }

  async function letInWhileRoom(): Promise<void> {
    for (;;) {
      const send = stopping.signal.aborted || failing ? undefined : gate.next();
      if (!send) return;
      await letIn(send, String(deps.bucketOf(send.id)));
    }
  }

  /** Who cannot be let in for a reason of its own loses its place: its deadline brings it back, and nobody waits behind it. */
  async function letIn(send: WaitingSend, bucket: string): Promise<void> {
    if (resting.waits(bucket)) return gate.leaveOut();
    try {
      if (await gate.letIn(send, async () => deps.move(send.id))) deps.onLetIn();
      resting.worked(bucket);
    } catch (error) {
      if (error instanceof BaseError && error.code === 'OTP_QUEUE_UNAVAILABLE') {
        // what failed for one fails for the next: its turn comes again after a rest
        failing = true;
        gate.putBack(send);
      } else if (error instanceof BaseError && error.code === 'OTP_STATE_UNAVAILABLE') {
        // those that were tried together are one failure
        if (!resting.waits(bucket)) resting.failed(bucket);
      }
      deps.onFault(error, 'a waiting send could not be let in');
    }
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      failing = false;
      let pauseMs = IDLE_LOOK_MS;
      try {
        pauseMs = await look();
      } catch (error) {
        failing = true;
        deps.onFault(error, 'a queue could not be looked at');
      }
      if (failing) {
        gate.setRoom(0, 0);
        pauseMs = IDLE_LOOK_MS;
      }
      await rest.pause(pauseMs, failing ? IDLE_LOOK_MS : LOOK_AGAIN_MS);
    }
  })();

  return {
    wake: rest.wake,
    perSecond: () => estimatePerSecond(forecast),
    async stop() {
      stopping.abort();
      rest.end();
      await running;
    },
  };
}

/** A pause that can be cut short, but not below `leastMs`. */
function createRest(now: () => number) {
  let resting: { resolve: () => void; timer: NodeJS.Timeout; endsAt: number; earliest: number } | undefined;
  let ended = false;
  let called = false;

  const end = (): void => {
    clearTimeout(resting?.timer);
    resting?.resolve();
    resting = undefined;
  };
  const wake = (): void => {
    called = true;
    if (!resting || resting.endsAt <= resting.earliest) return;
    clearTimeout(resting.timer);
    resting.endsAt = resting.earliest;
    resting.timer = setTimeout(end, Math.max(0, resting.earliest - now()));
  };
  return {
    wake,
    end() {
      ended = true;
      end();
    },
    async pause(ms: number, leastMs: number): Promise<void> {
      if (ended) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      resting = { resolve, timer: setTimeout(end, ms), endsAt: now() + ms, earliest: now() + leastMs };
      // whoever called during the look may have come after its room was shared out
      if (called) wake();
      called = false;
      await promise;
    },
  };
}
