import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ATTEMPT_TOPIC,
  BaseError,
  CHECK_TOPIC,
  EVENTS,
  OUTCOME_TOPIC,
  REQUEST_TOPIC,
  attemptId,
  type AttemptEvent,
  type CheckEvent,
  type EventTopic,
  type OutcomeEvent,
  type RequestEvent,
} from '@watchword/contracts';
import { unpackRequest, type AdmittedRequest } from '../model/admitted-request.ts';

/** An entry of a bucket's outbox: `{stream id, fields}` as a script or `sweep` answers it. */
export interface OutboxEntry {
  bucket: number;
  streamId: string;
  fields: ReadonlyMap<string, string>;
}

export function parseEntry(bucket: number, reply: unknown): OutboxEntry | undefined {
  if (!Array.isArray(reply)) return undefined;
  const [streamId, flat] = reply as [string, string[]];
  const fields = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
  return { bucket, streamId, fields };
}

/** An event ready for the bus. The same entry always makes the same event, whoever ships it. */
export interface ComposedEvent {
  topic: EventTopic;
  /** Kafka's key: the verification id. */
  key: string;
  id: string;
  type: string;
  timeMs: number;
  /** W3C trace context of its verification, where that is traced. */
  traceparent?: string;
  data: RequestEvent | AttemptEvent | CheckEvent | OutcomeEvent;
}

export function composeEvent(entry: OutboxEntry): ComposedEvent {
  const of = (field: string): string => entry.fields.get(field) ?? '';
  const kind = of('kind');
  const traceparent = traceOf(entry);
  const trace = traceparent === '' ? {} : { traceparent };
  const common = { key: of('id'), id: of('event'), timeMs: Number(of('at')), ...trace };
  const compose = (topic: EventTopic, data: ComposedEvent['data']): ComposedEvent => ({
    ...common,
    topic,
    type: EVENTS[topic].type,
    data,
  });
  switch (kind) {
    case 'request':
      return {
        ...compose(
          REQUEST_TOPIC,
          composeRequest(
            of('id'),
            unpackRequest(of('request'), {
              tenant: of('tenant'),
              purpose: of('purpose'),
              lookup: of('lookup'),
              clientReference: of('clientReference'),
              traceparent,
            }),
            Number(of('createdAt')),
            Number(of('expiresAt')),
          ),
        ),
        id: requestEventId(of('id'), Number(of('createdAt'))),
      };
    case 'attempt':
      return compose(ATTEMPT_TOPIC, composeAttempt(of));
    case 'check':
      return compose(CHECK_TOPIC, composeCheck(of));
    case 'outcome':
      return compose(OUTCOME_TOPIC, composeOutcome(of));
    default:
      throw new TypeError(`an outbox entry of unknown kind ${kind}`);
  }
}

/** The trace of the verification that an event is about; '' where it has none. */
export function traceOf(entry: OutboxEntry): string {
  return entry.fields.get('traceparent') ?? '';
}

export function composeRequest(
  id: string,
  request: AdmittedRequest,
  createdAt: number,
  expiresAt: number,
): RequestEvent {
  return {
    verification_id: id,
    version: 1,
    created_at: createdAt,
    expires_at: expiresAt,
    ...request,
  };
}

/** 72 bits beside the verification and its version: no two events meet. */
const EVENT_RANDOM_DIGITS = 12;

/**
 * The id of a request's event. Whoever publishes the same admission, again after a crash or by a promise, gives it the same id, so
 * it is made of what the record keeps; an id that was taken back and admitted anew is another event.
 */
export function requestEventId(id: string, createdAt: number): string {
  return `${id}.1.${hash('sha256', `${id}|${createdAt}`, 'base64url').slice(0, EVENT_RANDOM_DIGITS)}`;
}

type Of = (field: string) => string;

const head = (of: Of) => ({
  verification_id: of('id'),
  version: Number(of('version')),
  tenant: of('tenant'),
  purpose: of('purpose'),
});

function composeAttempt(of: Of): AttemptEvent {
  const [provider, channel, country, operator] = of('cell').split('|');
  return {
    ...head(of),
    attempt_id: attemptId(of('id'), Number(of('attempt'))),
    provider: provider!,
    channel: channel as AttemptEvent['channel'],
    country: country!,
    operator: operator!,
    step: Number(of('step')),
    send: Number(of('send')),
    generation: Number(of('generation')),
    tag: of('tag'),
    state: of('state') as AttemptEvent['state'],
    ...(of('error') && { error: of('error') as NonNullable<AttemptEvent['error']> }),
    claimed_at: Number(of('claimedAt')),
    settled_at: Number(of('at')),
    taken_over: of('takenOver') === '1',
    revised: of('revised') === '1',
    ...(of('withdrawn') && { withdrawn: true }),
    ...(of('sendState') && { send_state: of('sendState') as NonNullable<AttemptEvent['send_state']> }),
    ...(JSON.parse(of('details') || '{}') as Pick<
      AttemptEvent,
      'provider_code' | 'provider_message_id' | 'price' | 'decision'
    >),
  };
}

function composeCheck(of: Of): CheckEvent {
  return {
    ...head(of),
    valid: of('valid') === '1',
    ...(of('generation') && { generation: Number(of('generation')) }),
    checks_used: Number(of('checksUsed')),
    checks_max: Number(of('checksMax')),
    checked_at: Number(of('at')),
  };
}

function composeOutcome(of: Of): OutcomeEvent {
  return {
    ...head(of),
    outcome: of('outcome') as OutcomeEvent['outcome'],
    created_at: Number(of('createdAt')),
    ended_at: Number(of('at')),
    checks_used: Number(of('checksUsed')),
    attempts: Number(of('attempts')),
    ...(of('generation') && { generation: Number(of('generation')) }),
    ...(of('approvedBy') && { approved_by: of('approvedBy') }),
    ...(of('attempt') && {
      attempt_id: attemptId(of('id'), Number(of('attempt'))),
      provider: of('provider'),
      channel: of('channel') as NonNullable<OutcomeEvent['channel']>,
      country: of('country'),
      operator: of('operator'),
      submitted_at: Number(of('submittedAt')),
      ...(of('receipt') && { receipt: of('receipt') as NonNullable<OutcomeEvent['receipt']> }),
    }),
    ...(of('withdrawn') && { withdrawn: of('withdrawn').split(';').map(parseWithdrawn) }),
  };
}

function parseWithdrawn(packed: string): NonNullable<OutcomeEvent['withdrawn']>[number] {
  const [provider, channel, country, operator, submittedAt, receipt] = packed.split('|');
  return {
    provider: provider!,
    channel: channel as AttemptEvent['channel'],
    country: country!,
    operator: operator!,
    submitted_at: Number(submittedAt),
    ...(receipt && { receipt: receipt as NonNullable<OutcomeEvent['receipt']> }),
  };
}

/** How long a process that stops waits for what it is still publishing; the sweep ships what is left. */
const DRAIN_MS = 3_000;
/** After a Kafka that is back an event that waited for it is there within this, and a publish's own time. */
const RETRY_MS = 500;
/** Tries end before the sweep takes the event over, 30 s after it was appended. */
const RETRIED_FOR_MS = 20_000;
/** Events that one process tries again at a time, about 10 MB; what is above is the sweep's at once. */
const RETRIED_MAX = 10_000;

/**
 * Publishes what scripts appended, at once and without anybody waiting, and deletes what Kafka has. While Kafka is away for
 * moments it tries again, so that an approval lies in Redis alone no longer than it must; what fails for longer stays in the
 * outbox: the dispatcher's sweep ships it.
 */
export interface OutboxPublisher {
  /** @param entries what one script appended */
  ship(entries: readonly (OutboxEntry | undefined)[]): void;
  /** The same for somebody who waits: whether Kafka has all of them within the time. What it has not is still being shipped. */
  shipWithin(entries: readonly (OutboxEntry | undefined)[], withinMs: number): Promise<boolean>;
  inFlight(): number;
  /** Waits for what is being published, but not longer than this; what is left then is the sweep's. Default 3 s. */
  drain(withinMs?: number): Promise<void>;
}

/** Monotonic; ms. */
interface OutboxClock {
  now(): number;
  /** Shorter where the signal ends it. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}
const CLOCK: OutboxClock = {
  now: () => performance.now(),
  pause: async (ms, signal) => sleep(ms, undefined, { signal, ref: false }).catch(() => undefined), // rejects only when stopped
};

export function createOutboxPublisher(
  publish: (event: ComposedEvent) => Promise<void>,
  remove: (bucket: number, streamIds: string[]) => Promise<void>,
  onFault: (error: unknown) => void,
  clock: OutboxClock = CLOCK,
): OutboxPublisher {
  const open = new Set<Promise<boolean>>();
  let waiting = 0;
  const stopping = new AbortController();

  async function publishPersistently(event: ComposedEvent): Promise<void> {
    const begunAt = clock.now();
    for (;;) {
      try {
        return await publish(event);
      } catch (error) {
        const again = error instanceof BaseError && error.retry && clock.now() - begunAt < RETRIED_FOR_MS;
        if (!again || waiting > RETRIED_MAX || stopping.signal.aborted) throw error;
      }
      await clock.pause(RETRY_MS, stopping.signal);
    }
  }

  const publishOne = async (entry: OutboxEntry): Promise<OutboxEntry[]> => {
    try {
      await publishPersistently(composeEvent(entry));
      return [entry];
    } catch (error) {
      onFault(error);
      return [];
    }
  };
  /** What a script appended lies in one bucket: it is removed by one command. */
  const shipTogether = async (entries: readonly OutboxEntry[]): Promise<boolean> => {
    const published = (await Promise.all(entries.map(publishOne))).flat();
    if (published.length === 0) return entries.length === 0;
    try {
      const streamIds = published.map(({ streamId }) => streamId);
      await remove(published[0]!.bucket, streamIds);
    } catch (error) {
      onFault(error);
      return false;
    }
    return published.length === entries.length;
  };
  const shipAll = async (given: readonly (OutboxEntry | undefined)[]): Promise<boolean> => {
    const entries = given.filter((entry) => entry !== undefined);
    const shipping = shipTogether(entries);
    open.add(shipping);
    waiting += entries.length;
    const shipped = await shipping;
    waiting -= entries.length;
    open.delete(shipping);
    return shipped;
  };
  return {
    ship: (entries) => void shipAll(entries),
    async shipWithin(entries, withinMs) {
      return Promise.race([shipAll(entries), sleep(withinMs, false, { ref: false })]);
    },
    inFlight: () => waiting,
    async drain(withinMs = DRAIN_MS) {
      await Promise.race([Promise.allSettled(open), sleep(withinMs, undefined, { ref: false })]);
      stopping.abort();
    },
  };
}
