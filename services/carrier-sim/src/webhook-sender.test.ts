import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWebhookSender } from './webhook-sender.ts';

const MINUTE_MS = 60_000;
const noCounts = () => ({ submissions: 0, arrived: 0, webhooks_taken: 0, webhooks_retried: 0, webhooks_given_up: 0 });

describe('the webhook sender', () => {
  const answer = vi.fn<(url: string) => Promise<Response>>();
  let sender: ReturnType<typeof createWebhookSender>;
  const webhook = (counts = noCounts()) => ({
    url: 'http://127.0.0.1/x',
    method: 'POST' as const,
    body: '{}',
    headers: () => ({}),
    counts,
  });
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('fetch', answer);
    answer.mockReset();
    sender = createWebhookSender(pino({ level: 'silent' }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('gives up after twelve tries, within three minutes', async () => {
    answer.mockImplementation(async () => new Response(null, { status: 500 }));
    const counts = noCounts();
    await sender.send(webhook(counts));
    expect(answer).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect(answer).toHaveBeenCalledTimes(12);
    expect(counts).toMatchObject({ webhooks_retried: 11, webhooks_given_up: 1, webhooks_taken: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has no more than 64 on the wire', async () => {
    const pending: (() => void)[] = [];
    answer.mockImplementation(() => new Promise((resolve) => pending.push(() => resolve(new Response()))));
    const all = Array.from({ length: 100 }, () => sender.send(webhook()));
    await vi.advanceTimersByTimeAsync(0);
    expect(answer).toHaveBeenCalledTimes(64);
    while (pending.length > 0) {
      pending.shift()?.();
      await vi.advanceTimersByTimeAsync(0);
    }
    await Promise.all(all);
    expect(answer).toHaveBeenCalledTimes(100);
  });

  it('tries nothing again once it is cleared', async () => {
    answer.mockRejectedValue(new Error('no connection'));
    await sender.send(webhook());
    sender.clear();
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS);
    expect(answer).toHaveBeenCalledTimes(1);
  });
});
