import { createBus } from '@watchword/bus';
import { EVENTS, parseEvent, type EventData, type EventTopic, type VerificationView } from '@watchword/contracts';
import { waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { inject } from 'vitest';
import type { Product } from './start-product.ts';

/** One submission as the simulator's ledger has it. */
export interface Submission {
  seq: number;
  at: string;
  provider: string;
  channel: string;
  client_ref: string | null;
  to: string;
  message_id: string | null;
  callback_url: string | null;
  answer: string;
  sent: boolean;
}

export interface EventWatch {
  /** What a topic holds about a verification, in the order of its partition; repeats too. */
  of: <T extends EventTopic>(topic: T, verificationId: string) => { id: string; data: EventData<T> }[];
  /** Waits until there are `count` of them. */
  until: <T extends EventTopic>(
    topic: T,
    verificationId: string,
    count: number,
  ) => Promise<{ id: string; data: EventData<T> }[]>;
  stop: () => Promise<void>;
}

/** Reads all of a product's topics from their beginning, as an analyst would: by a consumer group of its own. */
export async function watchEvents(product: Product): Promise<EventWatch> {
  const { topicPrefix } = product;
  const bus = createBus(
    { brokers: inject('kafkaBrokers'), clientId: 'watch-events', topicPrefix, groupPrefix: topicPrefix },
    { log: pino({ level: 'silent' }) },
  );
  const seen = new Map<string, { id: string; data: unknown }[]>();
  const subscription = await bus.subscribe({
    group: 'watch-events',
    topics: Object.keys(EVENTS),
    handle: async (event) => {
      const place = `${event.topic} ${event.key}`;
      const data = parseEvent(event.topic as EventTopic, event.value);
      seen.set(place, [...(seen.get(place) ?? []), { id: event.envelope.id, data }]);
    },
  });
  await subscription.joined();
  const of: EventWatch['of'] = <T extends EventTopic>(topic: T, id: string) =>
    (seen.get(`${topic} ${id}`) ?? []) as { id: string; data: EventData<T> }[];
  return {
    of,
    until: async (topic, id, count) => {
      await waitFor(() => of(topic, id).length >= count, { timeoutMs: 15_000, what: `${count} events of ${topic}` });
      return of(topic, id);
    },
    stop: async () => bus.close(2_000),
  };
}

/** Waits until a verification looks as it should, and returns it. */
export async function untilView(
  product: Product,
  id: string,
  what: string,
  condition: (view: VerificationView) => boolean,
  { timeoutMs = 20_000, intervalMs = 50 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<VerificationView> {
  let view: VerificationView | undefined;
  try {
    return await waitFor(async () => condition((view = await product.read(id))) && view, {
      timeoutMs,
      intervalMs,
      what,
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}; it is ${JSON.stringify(view)}`, { cause: error });
  }
}

const settled = (view: VerificationView): boolean => view.attempts.every(({ state }) => state !== 'submitting');

/** Waits until a verification has had `count` attempts and none of them is under way. */
export async function untilAttempts(product: Product, id: string, count: number): Promise<VerificationView> {
  return untilView(product, id, `${count} settled attempts`, (view) => view.attempts.length >= count && settled(view));
}

/** Everything that was ever submitted to the virtual providers for an address, oldest first. */
export async function submissionsTo(product: Product, to: string): Promise<Submission[]> {
  const found: Submission[] = [];
  for (let since = 0; ;) {
    const response = await fetch(`${product.simulator.url}/control/ledger?since=${since}`);
    const page = (await response.json()) as { entries: Submission[]; next: number };
    if (page.entries.length === 0) return found;
    found.push(...page.entries.filter((entry) => entry.to === to));
    since = page.next;
  }
}

/** The sum of a metric's samples whose labels include the given ones. */
export async function readMetric(
  product: Pick<Product, 'url'>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const page = await (await fetch(`${product.url}/metrics`)).text();
  const samples = page.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return samples
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Waits until a metric has grown to `value`. */
export async function untilMetric(
  product: Product,
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number,
): Promise<void> {
  const what = `${name} ${JSON.stringify(labels)} to be ${value}`;
  await waitFor(async () => (await readMetric(product, name, labels)) >= value, { timeoutMs: 10_000, what });
}

/** Messages and calls arrive within moments, so that tests wait for us and not for the network. */
export async function hurry(product: Product, ...providers: string[]): Promise<void> {
  const behaviour = { latency: { kind: 'fixed', median_ms: 30, spread: 0 }, submit_latency_ms: 5 } as const;
  for (const provider of providers) await product.behave(provider, { ...behaviour, voice: { time_scale: 0.01 } });
}
