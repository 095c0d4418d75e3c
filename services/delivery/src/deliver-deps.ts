import type { KeyRing } from '@watchword/otp';
import type { SubmitResult, Submitter } from '@watchword/providers';
import type { OutboxPublisher, VerificationStore } from '@watchword/verification';
import type { SharedBreakers } from '@watchword/quality';
import type { ProviderChooser } from './choose-provider.ts';
import type { InFlight } from './in-flight.ts';
import type { Throughput } from './throughput.ts';

/** Amount as a decimal number, currency by ISO 4217. */
interface Price {
  amount: string;
  currency: string;
}

/** What carrying out a send needs. */
export interface DeliverDeps {
  store: VerificationStore;
  outbox: OutboxPublisher;
  keys: KeyRing<'seal' | 'pepper'>;
  chooser: ProviderChooser;
  submitters: ReadonlyMap<string, Submitter>;
  inFlight: InFlight;
  breakers: Pick<SharedBreakers, 'beginProbe' | 'record'>;
  throughput: Pick<Throughput, 'take'>;
  tenant(id: string): { brand: string; webotpOrigin?: string } | undefined;
  callbackUrl(provider: string): string;
  attemptTimeoutMs(provider: string): number;
  failoverBudgetMs: number;
  random: () => number;
  /** A send of a verification that was restored: it may have gone out before. */
  onRecoveredSend(): void;
  /** What an accepted message costs, where the configuration says so. */
  priceOf(provider: string, country: string): Price | undefined;
  onAttempt(provider: string, result: SubmitResult, seconds: number): void;
  /** The first call to a provider for a verification begins, so long after its admission. */
  onFirstCall(afterMs: number): void;
  /** A provider has accepted a message; `firstAfterMs`: so long after the admission, of the verification's first send. */
  onAccepted(provider: string, accepted: { price: Price | undefined; firstAfterMs: number | undefined }): void;
}
