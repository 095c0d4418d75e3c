import type { Logger } from 'pino';
import type { ProviderCounts } from './providers.ts';

interface Webhook {
  url: string;
  method: 'POST' | 'GET';
  /** The raw JSON body; for GET it must already be in the url's query. */
  body: string | undefined;
  /** Headers of one try: signatures carry the time and an id of their own. */
  headers(): Record<string, string>;
  counts: ProviderCounts;
  /** It was answered 2xx. */
  onTaken?: () => void;
}

export interface WebhookSender {
  /** Resolves after the first try; further tries go on by themselves. */
  send(webhook: Webhook): Promise<void>;
  /** Forgets what waits. What is on the wire is cut. */
  clear(): void;
}

/** A receiver that restarts or fails over for a minute still gets its webhooks: the tries span about two minutes. */
const TRIES_MAX = 12;
const FIRST_DELAY_MS = 250;
const DELAY_MAX_MS = 15_000;
/** What a receiver gets to answer; Vonage gives some seconds as well. */
const TRY_TIMEOUT_MS = 5000;
/** On the wire at once; more would only test the receiver's listen queue. */
const IN_FLIGHT_MAX = 64;
/** Webhooks that wait for the wire or for their next try; more are given up. */
const WAITING_MAX = 100_000;

/** Milliseconds to wait before try `tries + 1`. */
function retryDelayMs(tries: number): number {
  return Math.min(FIRST_DELAY_MS * 2 ** (tries - 1), DELAY_MAX_MS);
}

export function createWebhookSender(log: Logger): WebhookSender {
  const timers = new Set<NodeJS.Timeout>();
  let queue: (() => void)[] = [];
  let inFlight = 0;
  let abort = new AbortController();

  async function send(webhook: Webhook): Promise<void> {
    await sendTry(webhook, 1);
  }

  async function sendTry(webhook: Webhook, tries: number): Promise<void> {
    if (queue.length + timers.size >= WAITING_MAX) return giveUp(webhook, tries, 'too many wait');
    const { signal } = abort;
    await takeSlot();
    if (signal.aborted) return releaseSlot();
    const failure = await post(webhook, signal);
    releaseSlot();
    if (signal.aborted) return;
    if (failure === undefined) {
      webhook.counts.webhooks_taken += 1;
      webhook.onTaken?.();
      return;
    }
    if (tries >= TRIES_MAX) return giveUp(webhook, tries, failure);
    webhook.counts.webhooks_retried += 1;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void sendTry(webhook, tries + 1);
    }, retryDelayMs(tries));
    timers.add(timer);
  }

  function giveUp(webhook: Webhook, tries: number, reason: string): void {
    webhook.counts.webhooks_given_up += 1;
    log.warn({ tries, reason, host: new URL(webhook.url).host }, 'webhook given up');
  }

  async function takeSlot(): Promise<void> {
    if (inFlight < IN_FLIGHT_MAX) {
      inFlight += 1;
      return;
    }
    // The one who leaves hands over the slot, so that the count stays.
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  function releaseSlot(): void {
    const next = queue.shift();
    if (next) next();
    else inFlight -= 1;
  }

  return {
    send,
    clear() {
      abort.abort();
      abort = new AbortController();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** One try; what went wrong, or undefined after a 2xx. */
async function post(webhook: Webhook, stop: AbortSignal): Promise<string | undefined> {
  const timeout = AbortSignal.timeout(TRY_TIMEOUT_MS);
  try {
    const response = await fetch(webhook.url, {
      method: webhook.method,
      headers: webhook.headers(),
      body: webhook.body ?? null,
      redirect: 'manual',
      signal: AbortSignal.any([stop, timeout]),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status}`;
  } catch (error) {
    if (timeout.aborted) return 'timeout';
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : 'no connection';
  }
}
