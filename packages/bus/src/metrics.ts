import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Around the 8-12 s that a leader's death costs, down to a local broker's 1 ms. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

interface LaneSample {
  topic: string;
  messages: number;
  oldestMs: number;
}

interface LagSample {
  topic: string;
  group: string;
  lag: number;
}

export interface BusMetrics {
  published: Counter<'topic' | 'outcome'>;
  publishSeconds: Histogram<'topic'>;
  sendRetries: Counter<'topic'>;
  dropped: Counter<'topic'>;
  consumed: Counter<'topic' | 'group' | 'outcome'>;
  handleSeconds: Histogram<'topic' | 'group'>;
  handleRetries: Counter<'topic' | 'group'>;
  deadLetters: Counter<'topic' | 'group'>;
  consumerRestarts: Counter<'group'>;
  handlersLate: Counter<'topic' | 'group'>;
  read: Counter<'topic' | 'outcome'>;
  /** Asks `source` at every scrape, until the returned function is called. */
  sampleLanes(source: () => LaneSample[]): () => void;
  sampleLag(source: () => LagSample[]): () => void;
}

// Several buses in one process (standalone) share a registry, which takes each name only once.
const known = new WeakMap<Registry, BusMetrics>();

export function metricsFor(registry: Registry = new Registry()): BusMetrics {
  let metrics = known.get(registry);
  if (!metrics) known.set(registry, (metrics = createMetrics(registry)));
  return metrics;
}

function createMetrics(registry: Registry): BusMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name: `watchword_bus_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> =>
    new Histogram({ name: `watchword_bus_${name}`, help, labelNames, registers, buckets: SECONDS });

  return {
    published: counter('published_total', 'Events given to publish, by how it ended', ['topic', 'outcome']),
    publishSeconds: histogram('publish_seconds', 'From publish to the acknowledgement', ['topic']),
    sendRetries: counter('send_retries_total', 'Batches sent again after an unknown outcome', ['topic']),
    dropped: counter('dropped_total', 'Messages given up with unknown outcome', ['topic']),
    consumed: counter('consumed_total', 'Records finished: done or dead', ['topic', 'group', 'outcome']),
    handleSeconds: histogram('handle_seconds', 'One call of a handler, failed ones too', ['topic', 'group']),
    handleRetries: counter('handle_retries_total', 'Handler calls that failed and are tried again', ['topic', 'group']),
    deadLetters: counter('dead_letters_total', 'Records sent to a dead-letter topic', ['topic', 'group']),
    consumerRestarts: counter('consumer_restarts_total', 'Group members made anew after a crash', ['group']),
    handlersLate: counter('handlers_late_total', 'Handler calls that did not return within 45 s', ['topic', 'group']),
    read: counter('read_total', 'Records read again by offset, without a group: done or skipped', ['topic', 'outcome']),
    sampleLanes: sampleLanes(registers),
    sampleLag: sampleLag(registers),
  };
}

function sampleLanes(registers: Registry[]): BusMetrics['sampleLanes'] {
  const sources = new Set<() => LaneSample[]>();
  const depth = new Gauge({
    name: 'watchword_bus_lane_messages',
    help: 'Messages that Kafka has not acknowledged',
    labelNames: ['topic'],
    registers,
    collect() {
      depth.reset();
      for (const source of sources) for (const { topic, messages } of source()) depth.inc({ topic }, messages);
    },
  });
  const oldest = new Gauge({
    name: 'watchword_bus_lane_oldest_seconds',
    help: 'Age of the oldest message that Kafka has not acknowledged',
    labelNames: ['topic'],
    registers,
    collect() {
      const worst = new Map<string, number>();
      for (const source of sources)
        for (const { topic, oldestMs } of source()) worst.set(topic, Math.max(worst.get(topic) ?? 0, oldestMs));
      oldest.reset();
      for (const [topic, ms] of worst) oldest.set({ topic }, ms / 1000);
    },
  });
  return (source) => enlist(sources, source);
}

function sampleLag(registers: Registry[]): BusMetrics['sampleLag'] {
  const sources = new Set<() => LagSample[]>();
  const lag = new Gauge({
    name: 'watchword_bus_lag_messages',
    help: 'Records of the assigned partitions that this member has not finished, as of the last fetch',
    labelNames: ['topic', 'group'],
    registers,
    collect() {
      lag.reset();
      for (const source of sources) for (const { topic, group, lag: n } of source()) lag.inc({ topic, group }, n);
    },
  });
  return (source) => enlist(sources, source);
}

function enlist<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
