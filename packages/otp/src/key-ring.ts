import type { KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import { BaseError } from '@watchword/contracts';
import { parsePrivateKey, parseSecretKey } from './parse-key.ts';

/**
 * seal: addresses at rest · lookup: keys and buckets of recipients · pepper: tags of codes · factor: TOTP / HOTP seeds ·
 * ingress: private keys that open the addresses which platforms emit
 */
export const KEY_ROLES = ['seal', 'lookup', 'pepper', 'factor', 'ingress'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** Every check carries one tag per pepper to Redis, so the number of live keys is bounded; a rotation needs two. */
export const KEYS_PER_ROLE_MAX = 8;
const KEY_ID_PATTERN = /^[a-z0-9]{1,8}$/;

/** Keys of one role by key id; `current` is the one for new values. */
interface RoleMaterial<K> {
  current: string;
  keys: Record<string, K>;
}

/** Keys as the configuration gives them: 32 bytes each; of `ingress` a private key as PEM (EC P-256, or RSA of 2048-4096 bits). */
export type KeyMaterial = Partial<Record<Exclude<KeyRole, 'ingress'>, RoleMaterial<Uint8Array>>> & {
  ingress?: RoleMaterial<string>;
};

/** A key with its id. A `KeyObject` rather than bytes: it prints nothing, wherever it ends up. */
export interface Key {
  kid: string;
  key: KeyObject;
}

/**
 * The keys of some roles. The members are function properties, not methods, so that the compiler refuses a ring of fewer
 * roles where more are needed; a role that was not given is refused at run time too.
 *
 * @throws BaseError `OTP_KEY_FORBIDDEN` (role not given), `OTP_KEY_MISSING` (key id unknown)
 */
export interface KeyRing<R extends KeyRole> {
  readonly roles: readonly KeyRole[];
  readonly current: (role: R) => Key;
  readonly get: (role: R, kid: string) => KeyObject;
  /** The current key first, then the others by descending key id. At most `KEYS_PER_ROLE_MAX`. */
  readonly all: (role: R) => readonly Key[];
  /** The same keys for fewer roles: what a service is given. */
  readonly narrow: <N extends R>(...roles: N[]) => KeyRing<N>;
}

/** @throws BaseError `OTP_CONFIG_INVALID` for a key of a wrong size, kind or id, or too many; `OTP_KEY_MISSING` if `current` is none of them */
export function createKeyRing(material: KeyMaterial): KeyRing<KeyRole> {
  const keysByRole = new Map<KeyRole, readonly Key[]>();
  for (const role of KEY_ROLES) {
    const given = material[role];
    if (given) keysByRole.set(role, parseKeys(role, given.current, given.keys));
  }
  return ringOf(keysByRole);
}

function parseKeys(role: KeyRole, currentKid: string, given: Record<string, Uint8Array | string>): readonly Key[] {
  const kids = Object.keys(given).sort().reverse();
  if (kids.length > KEYS_PER_ROLE_MAX) throw invalidKeys(role, `has more than ${KEYS_PER_ROLE_MAX} keys`);
  const keys = kids.map((kid): Key => {
    if (!KEY_ID_PATTERN.test(kid)) throw invalidKeys(role, 'has a key id that is not 1-8 of a-z and 0-9');
    const material = given[kid]!;
    const parsed = typeof material === 'string' ? parsePrivateKey(material) : parseSecretKey(material);
    if (parsed.outcome === 'refused') throw invalidKeys(role, `has a key that is not ${parsed.expected}`);
    return { kid, key: parsed.key };
  });
  const current = keys.find((key) => key.kid === currentKid);
  if (!current) throw missingKey(role, 'current');
  return [current, ...keys.filter((key) => key !== current)];
}

function ringOf<R extends KeyRole>(keysByRole: ReadonlyMap<KeyRole, readonly Key[]>): KeyRing<R> {
  const keysOf = (role: R): readonly Key[] => {
    const keys = keysByRole.get(role);
    if (!keys) {
      throw new BaseError('OTP_KEY_FORBIDDEN', `no keys of role ${role} were given here`, {
        retry: false,
        context: { role },
      });
    }
    return keys;
  };
  const describe = () =>
    Object.fromEntries([...keysByRole].map(([role, keys]) => [role, keys.map((key) => key.kid)] as const));

  const ring = {
    roles: [...keysByRole.keys()],
    current: (role: R) => keysOf(role)[0]!,
    get: (role: R, kid: string) => {
      const found = keysOf(role).find((key) => key.kid === kid);
      if (!found) throw missingKey(role, kid);
      return found.key;
    },
    all: keysOf,
    narrow: <N extends R>(...roles: N[]) => ringOf<N>(new Map(roles.map((role) => [role, keysOf(role)] as const))),
    toJSON: describe,
    [inspect.custom]: () => `KeyRing ${inspect(describe())}`,
  };
  return Object.freeze(ring);
}

function missingKey(role: KeyRole, kid: string): BaseError {
  // A key id that is read from a stored value may be anything: only a well-formed one is repeated.
  const context = KEY_ID_PATTERN.test(kid) ? { role, kid } : { role };
  return new BaseError('OTP_KEY_MISSING', `role ${role} has no such key`, { retry: false, context });
}

function invalidKeys(role: KeyRole, what: string): BaseError {
  return new BaseError('OTP_CONFIG_INVALID', `role ${role} ${what}`, { retry: false, context: { role } });
}
