import type { State, TenantConfig } from '@watchword/runtime';
import type { OutboxEntry, Verification } from '@watchword/verification';

/** How long a check waits for Kafka where its approval must outlive Redis. */
const CONFIRM_MS = 3_000;

/** The verification, where its approval has to be in Kafka before anybody hears of it. */
export async function findStrict(
  store: Pick<State['store'], 'read'>,
  { id: tenant, strictOnce }: Pick<TenantConfig, 'id' | 'strictOnce'>,
  id: string,
): Promise<Verification | undefined> {
  if (strictOnce.length === 0) return undefined;
  const { verification } = await store.read(id);
  if (!verification || verification.tenant !== tenant) return undefined;
  return strictOnce === 'all' || strictOnce.includes(verification.purpose) ? verification : undefined;
}

/**
 * Waits until Kafka has the events of an approval. A replayed one (it came with no entries) may have been approved by a try whose
 * wait was in vain: what of it still lies in the outbox is shipped once more, as the same event.
 *
 * @throws BaseError `OTP_STATE_UNAVAILABLE`
 */
export async function confirmApproval(
  { store, outbox }: Pick<State, 'store' | 'outbox'>,
  { id, createdAt }: Pick<Verification, 'id' | 'createdAt'>,
  entries: readonly (OutboxEntry | undefined)[],
): Promise<boolean> {
  const fresh = entries.some((entry) => entry !== undefined);
  return outbox.shipWithin(fresh ? entries : await store.waitingOf(id, createdAt), CONFIRM_MS);
}
