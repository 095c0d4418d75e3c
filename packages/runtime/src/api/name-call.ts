import { keyedHash, type KeyRing } from '@watchword/otp';

/** What an Idempotency-Key and the call it came with are known by in Redis. */
export interface CallName {
  keyHash: string;
  /** Of everything that makes two calls the same call, the body as it was written: all that former versions compare. */
  callHash: string;
  /** The same of the body as canonical JSON: over Kafka and HTTP, or from two clients, its fields may come in another order. */
  canonicalHash: string;
}

export interface NamedCall {
  tenant: string;
  idempotencyKey: string;
  method: string;
  url: string;
  body: unknown;
}

/**
 * Keyed hashes: the body of a check holds a code and that of a start an address, and both are few enough to be found by
 * trying all of them against a plain hash.
 *
 * @param kid a lookup key; the current one by default
 */
function nameCall(keys: KeyRing<'lookup'>, call: NamedCall, kid?: string): CallName {
  const content = [call.method, call.url, call.body ?? null];
  const hashed = (text: string): string => keyedHash(keys, 'idempotent-call', [text], kid).value;
  return {
    keyHash: keyedHash(keys, 'idempotency-key', [call.tenant, call.idempotencyKey], kid).value,
    callHash: hashed(JSON.stringify(content)),
    canonicalHash: hashed(JSON.stringify(content, sortFields)),
  };
}

/** Numbers and texts are canonical as `JSON.stringify` writes them (RFC 8785, section 3.2.2); what is left is the order. */
function sortFields(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * The name of a call. After a rotation of the lookup key a call that is known by a former one keeps that name, so that
 * nothing is done twice.
 */
export async function findCallName(
  keys: KeyRing<'lookup'>,
  call: NamedCall,
  isKnown: (keyHash: string) => Promise<boolean>,
): Promise<CallName> {
  const [, ...former] = keys.all('lookup');
  for (const { kid } of former) {
    const name = nameCall(keys, call, kid);
    if (await isKnown(name.keyHash)) return name;
  }
  return nameCall(keys, call);
}
