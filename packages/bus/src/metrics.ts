import { deadLetterTopic } from '@watchword/contracts';
import { INGRESS_TOPIC_LABEL, METRICS, counterOf, faultLabel, gaugeOf, histogramOf } from '@watchword/metrics';
import { Registry, type Gauge } from 'prom-client';

interface LaneSample {
  topic: string;
  messages: number;
  oldestMs: number;
}

interface ConsumerSample {
  group: string;
  sinceProgressMs: number;
  lags: readonly { topic: string; lag: number }[];
}

/** What a bus counts. Topics and groups are bare. */
export interface BusMetrics {
  /** From now on these topics, and their dead letters, count as one: there may be ten thousand of them. */
  fold(topics: readonly string[], group: string): void;
  /** Shows a group's dead letters as 0 before there are any: the first of them is a change then, which an alert can see. */
  expect(topics: readonly string[], group: string): void;
  /** @returns ends the measurement; `errorType` is empty where Kafka has it */
  startSend(topic: string): (errorType: string) => void;
  sendRetried(topic: string): void;
  dropped(topic: string, messages: number): void;
  /** @returns ends the measurement, with what the handler threw */
  startHandle(topic: string, group: string): (thrown?: { error: unknown }) => void;
  handleRetried(topic: string, group: string): void;
  handlerLate(topic: string, group: string): void;
  consumed(topic: string, group: string, outcome: 'done' | 'dead'): void;
  deadLetter(topic: string, group: string): void;
  consumerRestarted(group: string): void;
  read(topic: string, outcome: 'done' | 'skipped'): void;
  /** Asks `source` at every scrape, until the returned function is called. */
  sampleLanes(source: () => LaneSample[]): () => void;
  sampleConsumer(source: () => ConsumerSample): () => void;
}

// Several buses in one process (standalone) share a registry, which takes each name only once.
const known = new WeakMap<Registry, BusMetrics>();

export function metricsFor(registry: Registry = new Registry()): BusMetrics {
  let metrics = known.get(registry);
  if (!metrics) known.set(registry, (metrics = createMetrics(registry)));
  return metrics;
}

function createMetrics(registry: Registry): BusMetrics {
  const folded = new Map<string, string>();
  const labelOf = (topic: string): string => folded.get(topic) ?? topic;
  return {
    fold(topics, group) {
      for (const topic of topics) {
        folded.set(topic, INGRESS_TOPIC_LABEL);
        folded.set(deadLetterTopic(topic, group), deadLetterTopic(INGRESS_TOPIC_LABEL, group));
      }
    },
    ...countPublishing(registry, labelOf),
    ...countConsuming(registry, labelOf),
    sampleLanes: sampleLanes(registry, labelOf),
    sampleConsumer: sampleConsumers(registry, labelOf),
  };
}

type LabelOf = (topic: string) => string;

function countPublishing(registry: Registry, labelOf: LabelOf) {
  const operations = histogramOf(registry, METRICS.operationDuration);
  const retries = counterOf(registry, METRICS.sendRetries);
  const dropped = counterOf(registry, METRICS.dropped);
  return {
    startSend(topic: string) {
      const startedAt = performance.now();
      return (errorType: string) =>
        operations.observe(
          {
            messaging_system: 'kafka',
            messaging_operation_name: 'send',
            messaging_destination_name: labelOf(topic),
            error_type: errorType,
          },
          (performance.now() - startedAt) / 1000,
        );
    },
    sendRetried: (topic: string) => retries.inc({ topic: labelOf(topic) }),
    dropped: (topic: string, messages: number) => dropped.inc({ topic: labelOf(topic) }, messages),
  };
}

function countConsuming(registry: Registry, labelOf: LabelOf) {
  const processing = histogramOf(registry, METRICS.processDuration);
  const consumed = counterOf(registry, METRICS.consumedMessages);
  const retries = counterOf(registry, METRICS.handleRetries);
  const late = counterOf(registry, METRICS.handlersLate);
  const dead = counterOf(registry, METRICS.deadLetters);
  const restarts = counterOf(registry, METRICS.consumerRestarts);
  const read = counterOf(registry, METRICS.read);
  const of = (topic: string, group: string) => ({
    messaging_system: 'kafka',
    messaging_destination_name: labelOf(topic),
    messaging_consumer_group_name: group,
  });
  return {
    startHandle(topic: string, group: string) {
      const startedAt = performance.now();
      return (thrown?: { error: unknown }) =>
        processing.observe(
          { ...of(topic, group), error_type: thrown ? faultLabel(thrown.error) : '' },
          (performance.now() - startedAt) / 1000,
        );
    },
    handleRetried: (topic: string, group: string) => retries.inc({ topic: labelOf(topic), group }),
    handlerLate: (topic: string, group: string) => late.inc({ topic: labelOf(topic), group }),
    consumed: (topic: string, group: string, outcome: 'done' | 'dead') =>
      consumed.inc({ ...of(topic, group), error_type: outcome === 'dead' ? 'dead' : '' }),
    expect(topics: readonly string[], group: string) {
      for (const counter of [dead, late]) for (const topic of topics) counter.inc({ topic: labelOf(topic), group }, 0);
    },
    deadLetter: (topic: string, group: string) => dead.inc({ topic: labelOf(topic), group }),
    consumerRestarted: (group: string) => restarts.inc({ group }),
    read: (topic: string, outcome: 'done' | 'skipped') => read.inc({ topic: labelOf(topic), outcome }),
  };
}

function sampleLanes(registry: Registry, labelOf: LabelOf): BusMetrics['sampleLanes'] {
  const sources = new Set<() => LaneSample[]>();
  const samples = () => [...sources].flatMap((source) => source());
  gaugeOf(registry, METRICS.laneMessages, (depth) => {
    depth.reset();
    for (const { topic, messages } of samples()) depth.inc({ topic: labelOf(topic) }, messages);
  });
  gaugeOf(registry, METRICS.laneOldest, (oldest) => {
    const pairs = samples().map(({ topic, oldestMs }) => [labelOf(topic), oldestMs] as const);
    setWorst(oldest, 'topic', pairs);
  });
  return (source) => enlist(sources, source);
}

function sampleConsumers(registry: Registry, labelOf: LabelOf): BusMetrics['sampleConsumer'] {
  const sources = new Set<() => ConsumerSample>();
  const samples = () => [...sources].map((source) => source());
  gaugeOf(registry, METRICS.lag, (lag) => {
    lag.reset();
    for (const { group, lags } of samples())
      for (const { topic, lag: records } of lags) lag.inc({ topic: labelOf(topic), group }, records);
  });
  gaugeOf(registry, METRICS.sinceProgress, (since) => {
    const pairs = samples().map(({ group, sinceProgressMs }) => [group, sinceProgressMs] as const);
    setWorst(since, 'group', pairs);
  });
  return (source) => enlist(sources, source);
}

/** The largest for each label, in seconds. */
function setWorst<L extends string>(gauge: Gauge<L>, label: L, pairs: readonly (readonly [string, number])[]): void {
  const worst = new Map<string, number>();
  for (const [value, ms] of pairs) worst.set(value, Math.max(worst.get(value) ?? 0, ms));
  gauge.reset();
  for (const [value, ms] of worst) gauge.set({ [label]: value } as Record<L, string>, ms / 1000);
}

function enlist<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
