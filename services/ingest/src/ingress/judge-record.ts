import { BaseError, PATHS, type StartRequest } from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';
import { callOnce, problem, type Answer, type NamedCall, type OnceDeps, type TenantConfig } from '@watchword/runtime';
import type { PrepareStart, PreparedStart } from '../start-entrance.ts';
import type { RecordPlace, RequestName } from './name-request.ts';
import { openRecipients } from './open-recipients.ts';
import { answerOf, reject, verdictOf, type Rejected, type Verdict } from './verdict.ts';

/** As the body of a call. */
const VALUE_BYTES_MAX = 64 * 1024;

export interface JudgeDeps {
  prepare: PrepareStart;
  /** What is wrong with a body, as HTTP would say it; fills in the schema's defaults. */
  validate(body: unknown): { path: string; message: string }[];
  /** Records of Idempotency-Keys: HTTP's own. */
  requests: OnceDeps['store'];
  /** The same for single records of Kafka, kept as long as they may come again. */
  records: OnceDeps['store'];
  lookupKeys: KeyRing<'lookup'>;
  ingressKeys: KeyRing<'ingress'> | undefined;
  onUnkept: (error: unknown) => void;
  now: () => number;
}

export interface IngressRecord {
  place: RecordPlace;
  name: RequestName;
  value: Uint8Array;
}

/**
 * Says what becomes of a record, and carries it out: exactly as a call over HTTP with this body and Idempotency-Key. A verdict
 * on which something was done or charged is kept before it is given, so that the same record, read again, gets the same one.
 *
 * @throws BaseError that says retry: nothing is decided yet. `OTP_INGRESS_WAITING` (what HTTP would answer 409 in flight, or
 *   503), `OTP_STATE_UNAVAILABLE`
 */
export async function judgeRecord(deps: JudgeDeps, tenant: TenantConfig, record: IngressRecord): Promise<Verdict> {
  const read = readValue(record.value);
  if (read.outcome === 'rejected') return read;
  const clearAllowed = tenant.ingress?.clearRecipients ?? false;
  const opened = await openRecipients({ keys: deps.ingressKeys }, read.body, clearAllowed);
  if (opened.outcome === 'rejected') return opened;
  const errors = deps.validate(opened.body);
  if (errors.length > 0) return reject('invalid_request', 'The request is not of the right shape.', errors);
  const body = opened.body as StartRequest;
  const { traceparent } = record.name;
  const prepared = await deps.prepare(tenant, body, { traceparent });
  const run: PreparedStart['run'] = async (id) => {
    const over = isOver(record.place, tenant, body, deps.now());
    return finalOf(over ? ((await prepared.resume(id)) ?? TOO_OLD) : await prepared.run(id));
  };
  return verdictOf(await runOnce(deps, tenant, record, body, prepared.id, run));
}

function readValue(value: Uint8Array): { outcome: 'read'; body: Record<string, unknown> } | Rejected {
  if (value.length > VALUE_BYTES_MAX) {
    return reject('too_large', `The value is larger than ${VALUE_BYTES_MAX} bytes.`);
  }
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(value));
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
      return { outcome: 'read', body: body as Record<string, unknown> };
    }
  } catch {
    // its message would quote the text
  }
  return reject('invalid_request', 'The value is no JSON object.');
}

/** A status of its own: a later record, or a call over HTTP, with the same Idempotency-Key is judged anew. */
const TOO_OLD_STATUS = 408;
const TOO_OLD = problem({
  status: TOO_OLD_STATUS,
  code: 'too_old',
  detail: 'The record has waited in Kafka for longer than its code would live; nothing was sent.',
});

/** Whether a record has waited for longer than its verification would have lived, or than the tenant lets it. */
function isOver({ timestampMs }: RecordPlace, tenant: TenantConfig, body: StartRequest, now: number): boolean {
  const lifeMs = body.life_seconds === undefined ? tenant.defaults.lifeMs : body.life_seconds * 1000;
  return now - timestampMs > Math.min(lifeMs, tenant.ingress?.maxAgeMs ?? lifeMs);
}

/**
 * Faults pass, so they are no verdict. But a channel that cannot keep up may stay so for long, and behind a record that waits
 * for it the tenant's other channels would wait too: its platform is told, and chooses.
 */
function finalOf(answer: Answer): Answer {
  if (answer.status !== 'problem' || answer.problem.status < 500) return answer;
  const { code, retryAfterMs = 1000 } = answer.problem;
  if (code === 'channel_overloaded') return problem({ ...answer.problem, status: 429 });
  throw waiting(`a start was answered ${code ?? answer.problem.status}`, retryAfterMs, false);
}

/** Once for its record, whatever comes of it; and within that once for its Idempotency-Key, as over HTTP. */
async function runOnce(
  deps: JudgeDeps,
  tenant: TenantConfig,
  { place, name }: IngressRecord,
  body: StartRequest,
  created: string,
  run: PreparedStart['run'],
): Promise<Answer> {
  const { idempotencyKey } = name;
  const { lookupKeys: keys, onUnkept } = deps;
  const once = async (
    { store, id, keeps }: Required<Pick<OnceDeps, 'store' | 'id' | 'keeps'>>,
    call: NamedCall,
    handle: typeof run,
  ): Promise<Answer> => {
    const result = await callOnce({ keys, onUnkept, store, id, keeps }, call, async (reserved) => handle(reserved.id));
    if (result.outcome === 'inFlight') throw waiting('the same request is in flight', result.retryAfterMs, true);
    return answerOf(result);
  };
  const byKey: typeof run = async (id) => {
    if (idempotencyKey === undefined) return run(id);
    return once({ store: deps.requests, id, keeps: isOfRequest }, startCall(tenant, idempotencyKey, body), run);
  };
  return once({ store: deps.records, id: created, keeps: () => true }, recordCall(tenant, place), byKey);
}

/** What is so of a request, not only of one record of it. */
function isOfRequest(status: number): boolean {
  return status !== 429 && status !== TOO_OLD_STATUS;
}

/** What a start over HTTP is known by. */
function startCall(tenant: TenantConfig, idempotencyKey: string, body: StartRequest): NamedCall {
  const { method, path: url } = PATHS.start;
  return { tenant: tenant.id, idempotencyKey, method, url, body };
}

/** No tenant's id holds a bar, so that no key that a tenant chooses is ever taken for a record. */
function recordCall(tenant: TenantConfig, { topic, partition, offset, timestampMs }: RecordPlace): NamedCall {
  // with its time: in a topic that is deleted and made anew, offsets begin again
  const idempotencyKey = `${topic}/${partition}/${offset}/${timestampMs}`;
  return { tenant: `${tenant.id}|record`, idempotencyKey, method: 'RECORD', url: '', body: undefined };
}

function waiting(what: string, retryAfterMs: number, inFlight: boolean): BaseError {
  return new BaseError('OTP_INGRESS_WAITING', what, { retry: true, retryAfterMs, context: { in_flight: inFlight } });
}
