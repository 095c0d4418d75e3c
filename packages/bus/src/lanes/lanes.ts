import { pause } from '../back-off.ts';
import type { OutgoingRecord, Sender } from '../driver.ts';
import type { BusMetrics } from '../metrics.ts';
import { partitionOf } from '../partition-of.ts';
import { BATCH_BYTES_MAX, createLane, LANE_MESSAGES_MAX, type Lane } from './lane.ts';
import { busError, createPending, type Pending } from './pending.ts';

/** What callers of a process may have waiting while Kafka is away; all lanes together. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Local: a look at what is left. */
const DRAIN_POLL_MS = 10;
/** What Kafka adds to a record's own bytes, rounded up; also the least that a message weighs in our memory. */
const RECORD_OVERHEAD_BYTES = 128;

interface TopicLanes {
  /** Messages whose topic's number of partitions is still being asked for, in order. */
  undirected: Set<Pending>;
  searching: boolean;
  lanes: Lane[] | undefined;
}

export interface LanesDeps {
  sender: Sender;
  partitionCount(topic: string): Promise<number>;
  metrics: BusMetrics;
  /** The name without prefix, for metrics and errors. */
  bareName: (topic: string) => string;
  now: () => number;
  random: () => number;
}

export interface Lanes {
  /** Rejects as `Bus.publish` says. */
  publish(topic: string, record: OutgoingRecord, timeoutMs: number): Promise<void>;
  oldestUnackedMs(): number;
  /** Waits until nothing is left, at most for `deadlineMs`; then rejects what is left. */
  close(deadlineMs: number): Promise<void>;
}

/** One lane per topic-partition, made when the topic is first published to. */
export function createLanes(deps: LanesDeps): Lanes {
  const topics = new Map<string, TopicLanes>();
  let waitingBytes = 0;
  let closed = false;

  const stopSampling = deps.metrics.sampleLanes(() => [...topics].map(([topic, state]) => sample(topic, state)));

  function sample(topic: string, state: TopicLanes): { topic: string; messages: number; oldestMs: number } {
    const firsts = (state.lanes ?? []).map((lane) => lane.oldestMs());
    for (const pending of state.undirected) firsts.push(pending.enqueuedMs);
    const oldest = Math.min(...firsts.filter((ms) => ms !== undefined));
    const messages = (state.lanes ?? []).reduce((sum, lane) => sum + lane.depth(), state.undirected.size);
    return { topic: deps.bareName(topic), messages, oldestMs: Number.isFinite(oldest) ? deps.now() - oldest : 0 };
  }

  function direct(state: TopicLanes, pending: Pending): void {
    const lanes = state.lanes!;
    lanes[partitionOf(pending.record.key, lanes.length)]!.add(pending);
  }

  function lanesOf(topic: string, count: number): Lane[] {
    const bare = deps.bareName(topic);
    return Array.from({ length: count }, (_, partition) =>
      createLane({
        topic: bare,
        send: (records) => deps.sender.send(topic, partition, records),
        renew: () => deps.sender.renew(),
        onRetry: () => deps.metrics.sendRetried(bare),
        onDropped: (dropped) => deps.metrics.dropped(bare, dropped),
        now: deps.now,
        random: deps.random,
      }),
    );
  }

  async function findDirections(topic: string, state: TopicLanes): Promise<void> {
    try {
      state.lanes = lanesOf(topic, await deps.partitionCount(topic));
      for (const pending of state.undirected) direct(state, pending);
    } catch (cause) {
      const error = busError('OTP_BUS_UNAVAILABLE', 'the topic cannot be found', deps.bareName(topic), { cause });
      for (const pending of state.undirected) pending.reject(error);
    }
    state.undirected.clear();
    state.searching = false;
  }

  function enqueue(topic: string, pending: Pending): void {
    let state = topics.get(topic);
    if (!state) topics.set(topic, (state = { undirected: new Set(), searching: false, lanes: undefined }));
    if (state.lanes) return direct(state, pending);
    const { undirected } = state;
    if (undirected.size >= LANE_MESSAGES_MAX)
      return pending.reject(busError('OTP_BUS_FULL', `${LANE_MESSAGES_MAX} messages are waiting`, pending.topic));
    undirected.add(pending);
    pending.leave = () => undirected.delete(pending);
    if (state.searching) return;
    state.searching = true;
    void findDirections(topic, state);
  }

  const isIdle = (): boolean => [...topics].every(([topic, state]) => sample(topic, state).messages === 0);

  return {
    async publish(topic, record, timeoutMs) {
      const bare = deps.bareName(topic);
      const bytes = weigh(record);
      if (closed) throw busError('OTP_BUS_CLOSED', 'the bus is closed', bare);
      if (bytes > BATCH_BYTES_MAX)
        throw busError('OTP_BUS_UNAVAILABLE', `more than ${BATCH_BYTES_MAX} bytes`, bare, { retry: false });
      if (waitingBytes + bytes > WAITING_BYTES_MAX)
        throw busError('OTP_BUS_FULL', `${WAITING_BYTES_MAX} bytes are waiting for Kafka`, bare);
      const { pending, answer } = createPending({ topic: bare, record, bytes }, { nowMs: deps.now(), timeoutMs });
      waitingBytes += bytes;
      enqueue(topic, pending);
      try {
        await answer;
      } finally {
        waitingBytes -= bytes;
      }
    },
    oldestUnackedMs: () => Math.max(0, ...[...topics].map(([topic, state]) => sample(topic, state).oldestMs)),
    async close(deadlineMs) {
      closed = true;
      const never = new AbortController().signal;
      const untilMs = deps.now() + deadlineMs;
      while (!isIdle() && deps.now() < untilMs) await pause(DRAIN_POLL_MS, never);
      for (const [topic, state] of topics) {
        for (const pending of state.undirected)
          pending.reject(busError('OTP_BUS_CLOSED', 'closed before it was sent', deps.bareName(topic)));
        state.undirected.clear();
        for (const lane of state.lanes ?? []) lane.close();
      }
      stopSampling();
    },
  };
}

function weigh(record: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(record.key) + Buffer.byteLength(record.value ?? '');
  for (const name in record.headers) bytes += name.length + Buffer.byteLength(record.headers[name]!);
  return bytes;
}
