import { createRequire } from 'node:module';

/**
 * kafkajs 2.2.4 keeps one timer per connection running for ever, with the delay `throttledUntil - now`, which is
 * negative: Node makes it 1 ms, so an idle client costs 3-4 % of a core, and Node 24 prints a TimeoutNegativeWarning
 * (https://github.com/tulios/kafkajs/issues/1751; fixes #1755 and #1756 were never merged). This replaces that one
 * method by the same without the idle timer, so exactly that warning goes, by its cause, and no other is touched.
 */
interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** kafkajs' own CHECK_PENDING_REQUESTS_INTERVAL. */
const CHECK_PENDING_MS = 10;

export function fixIdleTimer(): void {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : CHECK_PENDING_MS,
    );
  };
}
