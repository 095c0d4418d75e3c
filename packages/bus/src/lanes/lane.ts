import type { OutgoingRecord, SendResult } from '../driver.ts';
import { backOffMs, pause } from '../back-off.ts';
import { busError, type Pending } from './pending.ts';

/**
 * A lane is the way to one partition of one topic: a queue and one batch in flight.
 *
 *     idle ──add──▶ sending ──acknowledged──▶ next batch, or idle
 *                    │  ▲ └───refused───────▶ callers told; next batch (refused after unknown: dropped)
 *                 unknown └── the same batch again after a back-off, until it is older than BATCH_AGE_MAX_MS;
 *                             then dropped and counted, with a new producer id, and on to the next batch
 *
 * The batch is repeated as it was, whoever of its callers has given up, for two reasons: nothing may overtake it, and
 * an idempotent producer gives another batch the same sequence numbers, which the broker would take for a repeat.
 */

/** Several batches of slack at full speed: 2 s of 1,000 messages/s in one partition. */
export const LANE_MESSAGES_MAX = 2_000;
/** What `reference` measured as enough for 12k messages/s over 12 lanes. */
export const BATCH_MESSAGES_MAX = 500;
/** Half of the broker's default message.max.bytes (1 MiB), since that counts the whole batch with its headers. */
export const BATCH_BYTES_MAX = 512 * 1024;
/** A batch that could not be delivered so long is stale: the outbox ships its events again after 30 s. */
export const BATCH_AGE_MAX_MS = 30_000;
/** The shortest hiccup costs little, and a broker that is back has its messages within 2 s. */
const RETRY = { firstMs: 50, maxMs: 2_000 };

export interface LaneDeps {
  topic: string;
  /** Must not reject. */
  send(records: readonly OutgoingRecord[]): Promise<SendResult>;
  /** Called when a batch of unknown outcome is given up. */
  renew(): void;
  onRetry(reason: string): void;
  onDropped(count: number): void;
  now: () => number;
  random: () => number;
}

export interface Lane {
  /** Queues the message, or rejects it with OTP_BUS_FULL. */
  add(pending: Pending): void;
  /** Queued and in flight. */
  depth(): number;
  /** When the oldest of them was published, or undefined when idle. */
  oldestMs(): number | undefined;
  /** Rejects what is left: OTP_BUS_CLOSED what was never sent, OTP_BUS_TIMEOUT what may still land. */
  close(): void;
}

export function createLane(deps: LaneDeps): Lane {
  // A set keeps the order of insertion, and lets a message whose deadline passed leave from the middle.
  const queue = new Set<Pending>();
  const closing = new AbortController();
  let inFlight: Pending[] = [];
  let running = false;

  async function run(): Promise<void> {
    while (queue.size > 0) {
      inFlight = takeBatch(queue);
      await deliver(inFlight);
      inFlight = [];
    }
    running = false;
  }

  async function deliver(batch: readonly Pending[]): Promise<void> {
    const records = batch.map((pending) => pending.record);
    const firstSentMs = deps.now();
    for (let attempt = 0; ; attempt++) {
      const result = await deps.send(records);
      if (result.outcome === 'acknowledged') {
        for (const pending of batch) pending.resolve();
        return;
      }
      if (result.outcome === 'refused') {
        // An earlier try may have landed before the refusals began.
        if (attempt > 0) return giveUp(batch);
        const refusal = busError('OTP_BUS_UNAVAILABLE', `refused: ${result.reason}`, deps.topic, { retry: false });
        for (const pending of batch) pending.reject(refusal);
        return;
      }
      if (deps.now() - firstSentMs < BATCH_AGE_MAX_MS) {
        deps.onRetry(result.reason);
        await pause(backOffMs(attempt, RETRY, deps.random()), closing.signal);
      }
      if (closing.signal.aborted || deps.now() - firstSentMs >= BATCH_AGE_MAX_MS) return giveUp(batch);
    }
  }

  function giveUp(batch: readonly Pending[]): void {
    deps.renew();
    deps.onDropped(batch.length);
    const unknown = busError('OTP_BUS_TIMEOUT', 'given up without an acknowledgement; it may have landed', deps.topic);
    for (const pending of batch) pending.reject(unknown);
  }

  return {
    add(pending) {
      if (closing.signal.aborted) return pending.reject(busError('OTP_BUS_CLOSED', 'the bus is closed', deps.topic));
      if (queue.size + inFlight.length >= LANE_MESSAGES_MAX)
        return pending.reject(busError('OTP_BUS_FULL', `${LANE_MESSAGES_MAX} messages are waiting`, deps.topic));
      queue.add(pending);
      pending.leave = () => queue.delete(pending);
      if (running) return;
      running = true;
      void run();
    },
    depth: () => queue.size + inFlight.length,
    oldestMs() {
      if (inFlight[0]) return inFlight[0].enqueuedMs;
      for (const first of queue) return first.enqueuedMs;
      return undefined;
    },
    close() {
      closing.abort();
      for (const pending of queue) pending.reject(busError('OTP_BUS_CLOSED', 'closed before it was sent', deps.topic));
      queue.clear();
      const unknown = busError('OTP_BUS_TIMEOUT', 'closed before the acknowledgement; it may still land', deps.topic);
      for (const pending of inFlight) pending.reject(unknown);
    },
  };
}

function takeBatch(queue: Set<Pending>): Pending[] {
  const batch: Pending[] = [];
  let bytes = 0;
  for (const pending of queue) {
    if (batch.length >= BATCH_MESSAGES_MAX || (batch.length > 0 && bytes + pending.bytes > BATCH_BYTES_MAX)) break;
    queue.delete(pending);
    pending.sent = true;
    bytes += pending.bytes;
    batch.push(pending);
  }
  return batch;
}
