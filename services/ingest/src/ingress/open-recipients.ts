import type { KeyObject } from 'node:crypto';
import { SEALED_ADDRESS_MAX } from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';
import { compactDecrypt, decodeProtectedHeader, type DecryptOptions } from 'jose';
import { reject, type Rejected } from './verdict.ts';

/** Pinned: what a header may choose from. `zip` is refused: a compressed address saves nothing and tells its length. */
const OPTIONS: DecryptOptions = {
  keyManagementAlgorithms: ['ECDH-ES+A256KW', 'RSA-OAEP-256'],
  contentEncryptionAlgorithms: ['A256GCM'],
  maxDecompressedLength: 0,
};
/** As the schema of a start; more are refused by it, unopened. */
const STEPS_MAX = 6;
const COMPACT_JWE = /^ey[\w-]*(?:\.[\w-]*){4}$/;

export type OpenedRecipients = { outcome: 'opened'; body: Record<string, unknown> } | Rejected;

export interface OpenRecipientsDeps {
  /** Undefined where the deployment has none. */
  keys: KeyRing<'ingress'> | undefined;
}

/**
 * The body of a start with its addresses in clear: `to` and every step's `to`, each a compact JWE (RFC 7516) whose plaintext
 * is the address. Where `clearAllowed`, one that is no JWE is taken as it stands. Nothing else is looked at.
 */
export async function openRecipients(
  deps: OpenRecipientsDeps,
  body: Readonly<Record<string, unknown>>,
  clearAllowed: boolean,
): Promise<OpenedRecipients> {
  const opened: Record<string, unknown> = { ...body };
  for (const { path, value, put } of addressesOf(opened)) {
    const address = await openOne(deps, value, clearAllowed);
    if (address.outcome === 'refused') {
      return reject(address.code, 'An address cannot be read.', [{ path, message: address.message }]);
    }
    put(address.value);
  }
  return { outcome: 'opened', body: opened };
}

interface Address {
  path: string;
  value: string;
  put: (value: string) => void;
}

/** Every address of a body, which need not be of the right shape yet. Steps that hold one are copied. */
function addressesOf(body: Record<string, unknown>): Address[] {
  const addresses: Address[] = [];
  if (typeof body['to'] === 'string') {
    addresses.push({ path: 'to', value: body['to'], put: (value) => (body['to'] = value) });
  }
  const given = body['workflow'];
  if (!Array.isArray(given) || given.length > STEPS_MAX) return addresses;
  const workflow: unknown[] = [...(given as unknown[])];
  body['workflow'] = workflow;
  for (const [index, step] of workflow.entries()) {
    if (typeof step !== 'object' || step === null) continue;
    const { to } = step as { to?: unknown };
    if (typeof to !== 'string') continue;
    const put = (value: string): unknown => (workflow[index] = { ...step, to: value });
    addresses.push({ path: `workflow[${index}].to`, value: to, put });
  }
  return addresses;
}

type OpenedAddress = { outcome: 'opened'; value: string } | { outcome: 'refused'; code: string; message: string };

async function openOne(deps: OpenRecipientsDeps, value: string, clearAllowed: boolean): Promise<OpenedAddress> {
  if (!COMPACT_JWE.test(value)) {
    if (clearAllowed) return { outcome: 'opened', value };
    const message = 'is no compact JWE: encrypt the address to a key of /.well-known/jwks.json';
    return { outcome: 'refused', code: 'clear_recipient', message };
  }
  if (value.length > SEALED_ADDRESS_MAX) return unreadable(`is longer than ${SEALED_ADDRESS_MAX} characters`);
  for (const key of keysFor(deps.keys, value)) {
    const plaintext = await decrypt(value, key);
    if (plaintext !== undefined) return { outcome: 'opened', value: plaintext };
  }
  return unreadable(
    'no key of this deployment opens it, or its algorithms are not among those of /.well-known/jwks.json',
  );
}

function unreadable(message: string): OpenedAddress {
  return { outcome: 'refused', code: 'unreadable_recipient', message };
}

/** The key that the header names; where it names none, all of them (eight at most). */
function keysFor(keys: KeyRing<'ingress'> | undefined, jwe: string): KeyObject[] {
  const all = keys?.all('ingress') ?? [];
  let kid: unknown;
  try {
    ({ kid } = decodeProtectedHeader(jwe));
  } catch {
    return []; // no JSON in it
  }
  return all.filter((each) => kid === undefined || each.kid === kid).map(({ key }) => key);
}

async function decrypt(jwe: string, key: KeyObject): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(jwe, key, OPTIONS);
    return new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
  } catch {
    return undefined; // another key's, changed, another algorithm, or no text: all the same to its sender
  }
}
