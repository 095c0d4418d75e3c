import type { KeyRing } from '@watchword/otp';
import type { SubmitResult, Submitter } from '@watchword/providers';
import type { OutboxPublisher, VerificationStore } from '@watchword/verification';
import type { ProviderChooser } from './choose-provider.ts';
import type { InFlight } from './in-flight.ts';

/** What carrying out a send needs. */
export interface DeliverDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  keys: KeyRing<'seal' | 'pepper'>;
  chooser: ProviderChooser;
  submitters: ReadonlyMap<string, Submitter>;
  inFlight: InFlight;
  tenant(id: string): { brand: string; webotpOrigin?: string } | undefined;
  callbackUrl(provider: string): string;
  attemptTimeoutMs(provider: string): number;
  failoverBudgetMs: number;
  random: () => number;
  /** A send of a verification that was restored: it may have gone out before. */
  onRecoveredSend(): void;
  onAttempt(provider: string, result: SubmitResult, seconds: number): void;
}
