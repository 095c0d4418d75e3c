import type { Channel, ErrorClass, ReceiptStatus } from '@watchword/contracts';

/**
 * The port that every provider's adapter fills. Two halves, since two services use them: delivery holds a `Submitter`,
 * receipts holds a `Receiver`. Adapters never retry and never throw: what happened is data, and whoever called decides.
 */

/** What is to reach the person, already worded by packages/policy. */
export type Content =
  | { channel: 'sms'; text: string }
  | { channel: 'voice'; /** BCP 47, as the vendor's voices are keyed: `en-US` */ language: string; ssml: string }
  | {
      channel: 'email';
      subject: string;
      text: string;
      html: string;
      /** Bound to a web origin (`https://…`), the code is also given in an `OTP-Token` header for mail clients to fill in. */
      otp?: { code: string; origin: string };
    };

export interface Submission {
  /** `<verification id>.<k>`: travels to the provider and comes back in its receipts. */
  attemptId: string;
  /** E.164 with its plus, or an e-mail address. */
  to: string;
  content: Content;
  /** What is left of the code's life; the provider is told to give up by then, where its protocol can be told. */
  ttlMs: number;
  /** `<public_url>/webhooks/<provider>`, no slash at the end. */
  callbackUrl: string;
}

/**
 * What a submission came to. The line that matters is between `rejected` (certainly not sent: another provider may be
 * tried at once) and `unknown` (may have gone out: another provider risks a duplicate). When in doubt it is unknown.
 */
export type SubmitResult =
  | { outcome: 'accepted'; providerMessageId: string }
  | {
      outcome: 'rejected';
      error: ErrorClass;
      /** Whether the same provider may take the same submission later. */
      retry: boolean;
      retryAfterMs?: number;
      /** The vendor's own code, short and without addresses. */
      providerCode?: string;
    }
  | { outcome: 'unknown'; error: 'timeout' | 'unknown'; providerCode?: string };

export interface Submitter {
  /** The provider's name in the configuration. */
  readonly name: string;
  readonly type: string;
  readonly channel: Channel;
  /**
   * Hands one message to the provider. Never throws and never retries; returns soon after `signal` aborts, and in any
   * case within `SUBMIT_MAX_MS`. A content of another channel is a rejection of class `content`.
   */
  submit(submission: Submission, signal: AbortSignal): Promise<SubmitResult>;
  /** Lets go of connections. A submission still under way ends as aborted. */
  close(): Promise<void>;
}

/** The longest that a call to a provider takes, whatever the caller's signal says: all failovers of a job have 8 s. */
export const SUBMIT_MAX_MS = 8_000;

/** One webhook call, as the receipts service got it. */
export interface WebhookRequest {
  /** What comes after `/webhooks/<provider>`, beginning with a slash, or empty. */
  path: string;
  query: Readonly<Record<string, string>>;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as received: signatures are over them, not over what a parser made of them. */
  rawBody: Buffer;
  nowMs: number;
}

/**
 * Whether a webhook really comes from the provider. A verified one may carry a `replayId`: a second request with the
 * same id before `replayUntilMs` is a replay. Remember it only once the receipt is safely published, since a vendor may
 * send the very same request again after a 5xx; a replay is best answered 200 and dropped.
 */
export type Verified =
  | { outcome: 'verified'; replayId?: string; replayUntilMs?: number }
  | { outcome: 'refused'; reason: 'unsigned' | 'signature' | 'payload' | 'stale' | 'malformed' };

/** A provider's word on an attempt, in our words beside the raw ones. Ranking and duplicates are the state's business. */
export interface NormalisedReceipt {
  /** Present where the protocol carries our reference back. */
  attemptId?: string;
  providerMessageId?: string;
  status: ReceiptStatus;
  error?: ErrorClass;
  /** Whether the provider would say the same again to the same message. */
  permanent?: boolean;
  rawStatus: string;
  rawCode?: string;
  occurredAtMs?: number;
  /** MCC-MNC as the provider writes it. */
  networkCode?: string;
  /** Decimal amount as the provider writes it, ISO 4217 currency. */
  price?: { amount: string; currency: string };
}

export type ParsedWebhook =
  | { outcome: 'parsed'; receipts: NormalisedReceipt[] }
  | { outcome: 'malformed'; reason: string };

/** Both are pure: no I/O, no clock. `parse` believes what it reads: call it only after `verify` said `verified`. */
export interface Receiver {
  verify(request: WebhookRequest): Verified;
  parse(request: WebhookRequest): ParsedWebhook;
}

/** What the code around an adapter knows and it may not look up itself. */
export interface ProviderDeps {
  /** The process' `DEBUG` variable: with `vonage:*` in it the SDK would log keys, numbers and texts. */
  debug: string | undefined;
}
