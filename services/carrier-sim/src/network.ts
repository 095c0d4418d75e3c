import type { Logger } from 'pino';
import type { Inbox } from './inbox/inbox.ts';
import type { Ledger } from './ledger.ts';
import type { Timeline } from './timeline.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What every simulated network shares. */
export interface Network {
  inbox: Inbox;
  ledger: Ledger;
  /** Messages under way to a handset. */
  arrivals: Timeline;
  /** Receipts under way to the caller. */
  receipts: Timeline;
  webhooks: WebhookSender;
  now(): Date;
  log: Logger;
}
