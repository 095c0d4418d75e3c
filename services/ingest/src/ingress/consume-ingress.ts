import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus, IncomingRecord, Subscription } from '@watchword/bus';
import { BaseError, INGEST_GROUP } from '@watchword/contracts';
import type { PublishableEvent, TenantConfig } from '@watchword/runtime';
import type { Logger } from 'pino';
import { composeResult } from './compose-result.ts';
import type { FairGate } from './fair-gate.ts';
import { judgeRecord, type JudgeDeps } from './judge-record.ts';
import { nameRequest, type RecordPlace, type RequestName } from './name-request.ts';
import { reject, type Verdict } from './verdict.ts';

/**
 * Starts at a time in this process, over all tenants. One waits for a handful of round trips, so this keeps Redis busy; and
 * whoever comes new waits for one of these to end, a few milliseconds.
 */
export const STARTS_AT_ONCE = 32;
/** Records of one partition: a few times what is worked on at once, over the 24 partitions of a topic. */
const RECORDS_AT_ONCE = 8;
/** How often a request that is in flight elsewhere is looked at again. It ends within the lease of its reservation, 10 s. */
const IN_FLIGHT_LOOK_MS = 250;
/** Tries of a record that meets what nobody foresaw (a bug), in about 3 s; then it is rejected rather than lost. */
const UNEXPECTED_TRIES_MAX = 5;
/** Doubling: five tries take about 3 s. */
const UNEXPECTED_RETRY_MS = 200;

export interface IngressDeps extends JudgeDeps {
  bus: Bus;
  /** Those with an ingress, by its topic. */
  tenants: ReadonlyMap<string, TenantConfig>;
  gate: FairGate;
  publish: (event: PublishableEvent) => Promise<void>;
  onVerdict(verdict: Verdict, ageMs: number): void;
  log: Logger;
  stopping: AbortSignal;
}

/** What of a record's event is looked at; its key is its platform's alone. */
export type IngressEvent = Omit<IncomingRecord, 'key'>;

/** Takes what platforms emit. A record's offset is committed only once its result is in Kafka. */
export async function consumeIngress(deps: IngressDeps): Promise<Subscription> {
  return deps.bus.subscribe({
    group: INGEST_GROUP,
    topics: [...deps.tenants.keys()],
    concurrency: RECORDS_AT_ONCE,
    envelope: 'none',
    handle: async (event) => takeRecord(deps, event),
  });
}

/** One record to its result. @throws BaseError that says retry: it stays uncommitted and comes again */
export async function takeRecord(deps: IngressDeps, event: IngressEvent): Promise<void> {
  const { topic, partition, offset, timestampMs, value, headers } = event;
  const tenant = deps.tenants.get(topic)!;
  const place: RecordPlace = { topic, partition, offset, timestampMs };
  const named = nameRequest(headers, place);
  const verdict = named.outcome === 'rejected' ? named : await untilJudged(deps, tenant, place, named, value);
  const name = named.outcome === 'rejected' ? { reference: `${topic}/${partition}/${offset}` } : named;
  const now = deps.now();
  await tell(deps, composeResult({ tenant: tenant.id, place, name, verdict, now }));
  deps.onVerdict(verdict, Math.max(0, now - timestampMs));
}

/**
 * Publishes a result. What was accepted may have been sent: a record whose result Kafka refuses (no right to the topic, say)
 * waits until it takes it, and is no dead letter.
 */
async function tell(deps: IngressDeps, result: PublishableEvent): Promise<void> {
  try {
    await deps.publish(result);
  } catch (cause) {
    if (cause instanceof BaseError && cause.retry) throw cause;
    throw new BaseError('OTP_INGRESS_WAITING', 'the result cannot be published', { retry: true, cause });
  }
}

async function untilJudged(
  deps: IngressDeps,
  tenant: TenantConfig,
  place: RecordPlace,
  name: RequestName,
  value: Uint8Array,
): Promise<Verdict> {
  for (let unexpected = 0; ;) {
    try {
      return await inTurn(deps.gate, tenant.id, async () => judgeRecord(deps, tenant, { place, name, value }));
    } catch (error) {
      if (isInFlight(error)) {
        await pause(IN_FLIGHT_LOOK_MS, deps.stopping);
        continue;
      }
      if (error instanceof BaseError && error.retry) throw error;
      unexpected++;
      deps.log.error({ err: error, ...where(place), tries: unexpected }, 'a record cannot be carried out');
      if (unexpected === UNEXPECTED_TRIES_MAX) return INTERNAL;
      await pause(UNEXPECTED_RETRY_MS * 2 ** (unexpected - 1), deps.stopping);
    }
  }
}

async function inTurn<T>(gate: FairGate, name: string, act: () => Promise<T>): Promise<T> {
  const leave = await gate.enter(name);
  try {
    return await act();
  } finally {
    leave();
  }
}

const INTERNAL = reject('internal', 'Something went wrong here; the logs know more by the record’s place.');

const where = ({ topic, partition, offset }: RecordPlace) => ({ topic, partition, offset });

function isInFlight(error: unknown): boolean {
  return error instanceof BaseError && error.code === 'OTP_INGRESS_WAITING' && error.context['in_flight'] === true;
}

/** @throws BaseError `OTP_INGRESS_WAITING` when the service stops: the record stays uncommitted */
async function pause(ms: number, stopping: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stopping }).catch(() => undefined); // rejects only when stopped
  if (stopping.aborted) throw new BaseError('OTP_INGRESS_WAITING', 'this process is shutting down', { retry: true });
}
