import { randomBytes } from 'node:crypto';
import { createVerificationId, type WorkflowStep } from '@watchword/contracts';
import { connectGivenRedis, waitFor } from '@watchword/testkit';
import { inject } from 'vitest';
import { makeWhole } from './make-whole.ts';
import {
  DURATIONS,
  composeEvent,
  createStore,
  decideAfterAttempt,
  decideNext,
  packCell,
  type AdmitInput,
  type AttemptResult,
  type CheckInput,
  type CheckReply,
  type ComposedEvent,
  type Durations,
  type SendWindow,
  type Trigger,
  type Verification,
} from '../src/index.ts';

export const ROOMY: readonly SendWindow[] = [{ windowMs: 600_000, limit: 1_000 }];
const BUCKET = 0x2a;
const MOVES_MAX = 20;

export type Fixture = Awaited<ReturnType<typeof createFixture>>;
export interface StartOptions {
  id?: string;
  tenant?: string;
  purpose?: string;
  /** The recipient: names its send limits and, with tenant and purpose, its lookup. */
  recipient?: string;
  /** Where a second recipient lives; steps name it by index 1. */
  otherBucket?: number;
  workflow?: readonly WorkflowStep[];
  checksMax?: number;
  lifeMs?: number;
  cooldownMs?: number;
  windows?: readonly SendWindow[];
}

export const SMS: WorkflowStep = { channel: 'sms', recipient: 0, timeout_ms: 60_000 };
export const VOICE: WorkflowStep = { channel: 'voice', recipient: 0, timeout_ms: 45_000 };
export const SMS_THEN_VOICE: readonly WorkflowStep[] = [SMS, VOICE];

export function admissionOf(options: StartOptions = {}): AdmitInput {
  const { tenant = 'shop', purpose = 'login', recipient = 'alice', workflow = [SMS] } = options;
  const addressOf = (name: string, bucket: number) => ({
    sealed: `k1.${name}`,
    country: 'DE',
    operator: '',
    limit_bucket: bucket,
    limit_key: `${tenant}-${name}`,
  });
  return {
    id: options.id ?? createVerificationId({ region: 'a', bucket: BUCKET }),
    tenant,
    purpose,
    request: {
      tenant,
      purpose,
      lookup: `k1.${tenant}-${purpose}-${recipient}`,
      workflow: [...workflow],
      recipients: [addressOf(recipient, BUCKET), addressOf('second', options.otherBucket ?? BUCKET)],
      code_length: 6,
      checks_max: options.checksMax ?? 5,
      cooldown_ms: options.cooldownMs ?? 0,
      locale: 'en',
      webotp: false,
    },
    lifeMs: options.lifeMs ?? 600_000,
    windows: options.windows ?? ROOMY,
  };
}

/** A store in a namespace of its own, with just enough of a dispatcher and a worker to walk a verification through it. */
export async function createFixture(shortened: Partial<Durations> = {}) {
  const durations = { ...DURATIONS, ...shortened };
  const redis = connectGivenRedis(inject('redis'));
  const namespace = `test-${randomBytes(6).toString('hex')}-`;
  const store = createStore(redis, { namespace, owner: 'the-test', durations });
  await makeWhole(store, [BUCKET]);
  /** Job ids in the order they were queued. */
  const jobs: string[] = [];

  async function state(id: string): Promise<Verification> {
    const { verification } = await store.read(id);
    if (!verification) throw new Error(`there is no ${id}`);
    return verification;
  }

  /** As the dispatcher moves. `crash` dies between the plan and the queue. */
  async function move(
    id: string,
    trigger: Trigger,
    options: { crash?: boolean; windows?: readonly SendWindow[] } = {},
  ) {
    let refused = false;
    let why = trigger;
    for (let i = 0; i < MOVES_MAX; i++) {
      const { now, verification } = await store.read(id);
      if (!verification) return 'absent';
      const { workflow, recipients } = admissionFrom(verification);
      const plans = workflow.map(({ channel, timeout_ms }) => ({ channel, timeoutMs: timeout_ms }));
      const decision = decideNext(verification, plans, { trigger: why, now, refused }, durations);
      switch (decision.move) {
        case 'none':
          if ((await store.rearm(id, verification.version)).outcome === 'moved') continue;
          return 'none';
        case 'advance': {
          const { plan, commands } = decision;
          if (decision.charge && !refused) {
            const recipient = recipients[workflow[plan.step]!.recipient]!;
            const charged = await store.charge(recipient, id, plan.send, options.windows ?? ROOMY);
            refused = charged.outcome === 'refused';
            if (refused) continue;
          }
          const command = commands.map(({ send, n }) => `${send}-${n}`).join();
          const { outcome } = await store.advance(verification, plan, command);
          if (outcome === 'conflict') continue;
          if (!options.crash) jobs.push(...commands.map(({ send, n }) => `${id}-${send}-${n}`));
          return 'advanced';
        }
        case 'takeOver':
          await store.takeOver(verification, decision.k);
          why = 'takeover';
          continue;
        case 'expire':
          return (await store.expire(id)).outcome;
        case 'fail':
          return (await store.fail(verification)).outcome;
      }
    }
    throw new Error('moves without end');
  }

  /** Admits and starts the first send. */
  async function start(options: StartOptions = {}): Promise<AdmitInput> {
    const input = admissionOf(options);
    const { outcome } = await store.admit(input);
    if (outcome !== 'created') throw new Error(`admitted as ${outcome}`);
    await move(input.id, 'request');
    return input;
  }

  /** Claims the open send for a worker; what comes back settles it. */
  async function claim(id: string, tag: string, provider = 'one', decision = '') {
    const { send, step, channel, tenant, purpose } = await state(id);
    const cell = packCell({ provider, channel, country: 'DE', operator: '' });
    const claimed = await store.claim(id, { send, tag, cell, decision });
    if (claimed.outcome !== 'claimed') throw new Error(`the claim is ${claimed.outcome}`);
    const { k, generation, now: claimedAt } = claimed;
    const settle = async (result: AttemptResult, another = false, backoffMs?: number) =>
      store.settle({
        id,
        tenant,
        purpose,
        k,
        generation,
        tag,
        cell,
        step,
        send,
        claimedAt,
        takenOver: false,
        // what it says is not looked into here: the event carries it as the name of a rule
        details: decision === '' ? {} : { decision: { rule: decision, candidates: [] } },
        decision,
        state: result.state,
        ...(result.state !== 'accepted' && { error: result.error }),
        following: decideAfterAttempt(await state(id), result, another, backoffMs),
      });
    return { k, generation, settle };
  }

  /** Claims and settles at once. */
  async function deliver(id: string, tag: string, result: AttemptResult = { state: 'accepted' }) {
    const claimed = await claim(id, tag);
    await claimed.settle(result);
    return claimed;
  }

  async function check(id: string, tag: string, more: Partial<CheckInput> = {}): Promise<CheckReply> {
    const input = { id, tenant: 'shop', tags: [tag], idempotency: '', wrongPerHour: 1_000, wrongPerDay: 0 };
    return store.check({ ...input, ...more });
  }

  /** What the scripts have put into the outbox, oldest first. */
  async function events(bucket = BUCKET): Promise<ComposedEvent[]> {
    const { waiting } = await store.sweep(bucket, { deadlines: 1, events: 10_000 });
    return waiting.map(composeEvent);
  }

  /** The kinds of deadline that call for one verification now. */
  async function due(id: string): Promise<string[]> {
    const { due: all } = await store.sweep(BUCKET, { deadlines: 1_000, events: 1 });
    return all.filter((each) => each.id === id).map(({ kind }) => kind);
  }

  return {
    redis,
    store,
    namespace,
    jobs,
    state,
    move,
    start,
    claim,
    deliver,
    check,
    events,
    due,
    close: () => redis.disconnect(),
  };
}

/** Until a deadline of this kind calls for the verification. */
export async function dueWith({ due }: Fixture, id: string, kind: string): Promise<void> {
  await waitFor(async () => (await due(id)).includes(kind), { timeoutMs: 5_000, intervalMs: 5, what: `the ${kind}` });
}

/** What an ended one no longer knows is not asked for: it makes no move. */
function admissionFrom({ request }: Verification): Pick<AdmitInput['request'], 'workflow' | 'recipients'> {
  return request ?? { workflow: [], recipients: [] };
}

export function count(answers: readonly { outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of answers) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

export function times<T>(n: number, make: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: n }, (_, i) => make(i)));
}
