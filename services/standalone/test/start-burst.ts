import { setTimeout as sleep } from 'node:timers/promises';
import { generateApiKey, hashApiKey } from '@watchword/otp';
import { freshNumber, type Product } from './start-product.ts';
import type { Submission } from './watch-product.ts';

/** Starts under way at a time, so that a burst comes as fast as ingest takes it. */
const AT_ONCE = 32;

/** A second tenant for the text of a configuration, with a key of its own. */
export function anotherTenant(id: string): { yaml: string; apiKey: string } {
  const apiKey = generateApiKey('dev');
  const yaml = `  - id: ${id}
    name: ${id}
    brand: Brand
    api_keys:
      - { id: dev, sha256: ${hashApiKey(apiKey)} }
    channels: [sms, voice]
`;
  return { yaml, apiKey };
}

/** One OTP as it was accepted. */
export interface Accepted {
  id: string;
  to: string;
  acceptedAt: number;
}

export interface BurstOptions {
  apiKey?: string;
  channel?: 'sms' | 'voice';
  lifeSeconds?: number;
}

/** Starts one OTP for somebody new; where a loaded machine answers 503, again when it says so. */
export async function startOne(product: Product, options: BurstOptions = {}): Promise<Accepted> {
  const { apiKey = product.apiKey, channel = 'sms', lifeSeconds } = options;
  const to = freshNumber();
  const body = { to, channel, ...(lifeSeconds !== undefined && { life_seconds: lifeSeconds }) };
  for (;;) {
    const { status, body: answer } = await product.start(body, { authorization: `Bearer ${apiKey}` });
    if (status === 202) return { id: answer.id, to, acceptedAt: Date.now() };
    if (status !== 503 || answer.code === 'channel_overloaded') throw new Error(`a start was answered ${answer.code}`);
    await sleep((answer.retry_after ?? 1) * 1000);
  }
}

/** Starts many at once. */
export async function startBurst(product: Product, count: number, options: BurstOptions = {}): Promise<Accepted[]> {
  const accepted: Accepted[] = [];
  let left = count;
  const startSome = async (): Promise<void> => {
    while (left-- > 0) accepted.push(await startOne(product, options));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, startSome));
  return accepted;
}

export interface LedgerWatch {
  /** When each address was first submitted for, and how often. */
  submissions: () => ReadonlyMap<string, { at: number; count: number }>;
  /** All of them, in their order. */
  entries: () => readonly Submission[];
  stop: () => Promise<void>;
}

const PAGE_MS = 100;

/** Follows what is submitted to the virtual providers, from now on: its ledger keeps the newest only. */
export function watchLedger({ simulator }: Pick<Product, 'simulator'>): LedgerWatch {
  const seen = new Map<string, { at: number; count: number }>();
  const entries: Submission[] = [];
  const stopping = new AbortController();
  let since = 0;
  const read = async (): Promise<void> => {
    const response = await fetch(`${simulator.url}/control/ledger?since=${since}`);
    const page = (await response.json()) as { entries: Submission[]; next: number };
    entries.push(...page.entries);
    for (const { to, at } of page.entries) {
      const known = seen.get(to);
      seen.set(to, { at: known?.at ?? Date.parse(at), count: (known?.count ?? 0) + 1 });
    }
    since = page.next;
    if (page.entries.length > 0) await read();
  };
  const reading = (async () => {
    while (!stopping.signal.aborted) {
      await read();
      await sleep(PAGE_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();
  return {
    submissions: () => seen,
    entries: () => entries,
    async stop() {
      stopping.abort();
      await reading;
    },
  };
}

/** From the 202 to the first submission, ms, ascending. */
export function delaysOf(accepted: readonly Accepted[], ledger: LedgerWatch): number[] {
  const submitted = ledger.submissions();
  return accepted.map(({ to, acceptedAt }) => submitted.get(to)!.at - acceptedAt).sort((one, other) => one - other);
}

export function percentile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.ceil(ascending.length * part) - 1)]!;
}
