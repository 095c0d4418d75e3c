import { createVerificationId } from '@watchword/contracts';
import { createKeyRing, lookupKey, seal, tagCode } from '@watchword/otp';
import {
  bucketOfId,
  createStore,
  decideNext,
  packCell,
  recipientAad,
  type AdmitInput,
  type VerificationStore,
} from '@watchword/verification';
import { Redis } from 'ioredis';
import type { Stage } from '@watchword/stage';

export interface Seeded {
  id: string;
  code: string;
}

const STEP_MS = 900_000;
const LIFE_MS = 3_600_000;
/** At once on their way: enough to keep Redis busy, by one connection that pipelines what is asked in one turn. */
const AT_ONCE = 500;
const BUCKETS = 256;

export interface Seeder {
  /** Live ones whose code was sent and can be typed. */
  sent(count: number): Promise<Seeded[]>;
  /** Admitted ones that nobody has looked at yet: their deadlines call for the dispatcher after ten seconds. */
  admitted(count: number): Promise<void>;
  close(): void;
}

/**
 * Makes verifications by the scripts that the services run, in their order, with the deployment's own keys: what the services then
 * find is what they would have made themselves. The events go nowhere.
 */
export function createSeeder({ redis, home }: Pick<Stage, 'redis' | 'home'>): Seeder {
  const connection = new Redis(redis.url(), { enableAutoPipelining: true, replyMapping: 'legacy' });
  const store = createStore(connection, { namespace: '', owner: 'seed' });
  const keyOf = (name: 'pepper-k1' | 'lookup-k1' | 'seal-k1'): Uint8Array => Buffer.from(home.secret(name), 'base64');
  const keys = createKeyRing({
    pepper: { current: 'k1', keys: { k1: keyOf('pepper-k1') } },
    lookup: { current: 'k1', keys: { k1: keyOf('lookup-k1') } },
    seal: { current: 'k1', keys: { k1: keyOf('seal-k1') } },
  });
  let made = 0;

  async function admitOne(): Promise<{ id: string; number: number }> {
    const number = made++;
    const id = createVerificationId({ region: 'a', bucket: number % BUCKETS });
    const address = `+4915${String(number).padStart(9, '0')}`;
    await store.admit(admission(id, address));
    return { id, number };
  }

  async function sendOne(): Promise<Seeded> {
    const { id, number } = await admitOne();
    const code = String(number % 1_000_000).padStart(6, '0');
    const { kid, tag } = tagCode(keys, { tenant: 'demo', id, context: '', code });
    await walk(store, id, `${kid}.${tag}`);
    return { id, code };
  }

  function admission(id: string, address: string): AdmitInput {
    const { kid, value } = lookupKey(keys, 'demo', 'login', address);
    return {
      id,
      tenant: 'demo',
      purpose: 'login',
      request: {
        tenant: 'demo',
        purpose: 'login',
        lookup: `${kid}.${value}`,
        workflow: [{ channel: 'sms', recipient: 0, timeout_ms: STEP_MS }],
        recipients: [
          {
            sealed: seal(keys, address, recipientAad(id, 0)),
            country: 'DE',
            operator: '',
            limit_bucket: bucketOfId(id),
            limit_key: value,
          },
        ],
        code_length: 6,
        checks_max: 5,
        cooldown_ms: 30_000,
        locale: 'en',
        webotp: false,
      },
      lifeMs: LIFE_MS,
      windows: [{ windowMs: 600_000, limit: 5 }],
    };
  }

  async function inBatches<T>(count: number, one: () => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    while (all.length < count) {
      const batch = Math.min(AT_ONCE, count - all.length);
      all.push(...(await Promise.all(Array.from({ length: batch }, one))));
    }
    return all;
  }

  return {
    sent: async (count) => inBatches(count, sendOne),
    admitted: async (count) => void (await inBatches(count, admitOne)),
    close: () => connection.disconnect(),
  };
}

/** What the dispatcher and a worker would do of it: the first send is opened, claimed and accepted by a provider. */
async function walk(store: VerificationStore, id: string, tag: string): Promise<void> {
  const { now, verification: admitted } = await store.read(id);
  const plans = [{ channel: 'sms' as const, timeoutMs: STEP_MS }];
  const decision = decideNext(admitted!, plans, { trigger: 'request', now });
  if (decision.move !== 'advance') throw new Error(`a new verification would ${decision.move}`);
  const command = decision.commands.map(({ send, n }) => `${send}-${n}`).join();
  await store.advance(admitted!, decision.plan, command);
  const cell = packCell({ provider: 'north', channel: 'sms', country: 'DE', operator: '' });
  const claim = await store.claim(id, { send: 1, tag, cell });
  if (claim.outcome !== 'claimed') throw new Error(`the claim of a new verification is ${claim.outcome}`);
  const { entries } = await store.settle({
    id,
    tenant: 'demo',
    purpose: 'login',
    k: claim.k,
    generation: claim.generation,
    tag,
    cell,
    step: 0,
    send: 1,
    claimedAt: claim.now,
    takenOver: false,
    details: {},
    state: 'accepted',
    following: { next: 'accepted' },
  });
  const streamIds = entries.flatMap((entry) => (entry ? [entry.streamId] : []));
  await store.removeShipped(bucketOfId(id), streamIds);
}
