import { BaseError } from '@watchword/contracts';
import { KEY_BYTES, type KeyMaterial, type KeyRole } from '@watchword/otp';
import type { Secret } from './secret.ts';

/** 32 bytes written as 64 hex digits or as base64 (either alphabet); undefined for anything else. */
export function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

interface KeySection {
  readonly current: string;
  readonly keys: Readonly<Record<string, Secret>>;
}
type KeySections = Partial<Record<KeyRole, KeySection>>;

/**
 * The material for a key ring of just these roles.
 *
 * @param optional of them: those that may be missing
 * @throws BaseError OTP_CONFIG_INVALID when another role has no keys in the configuration.
 */
export function keyMaterial(
  sections: KeySections,
  roles: readonly KeyRole[],
  optional: readonly KeyRole[] = [],
): KeyMaterial {
  const material: KeyMaterial = {};
  for (const role of roles) {
    const section = sections[role];
    if (!section) {
      if (!optional.includes(role)) throw missingRole(role);
    } else if (role === 'ingress') {
      material[role] = { current: section.current, keys: reveal(section, (pem) => pem) };
    } else {
      material[role] = { current: section.current, keys: reveal(section, (text) => decodeKey(text)!) };
    }
  }
  return material;
}

function reveal<K>({ keys }: KeySection, parse: (text: string) => K): Record<string, K> {
  return Object.fromEntries(Object.entries(keys).map(([id, secret]) => [id, parse(secret.reveal())] as const));
}

function missingRole(role: KeyRole): BaseError {
  const message = `The configuration has no keys.${role}, which a service of this process needs.`;
  return new BaseError('OTP_CONFIG_INVALID', message, { retry: false });
}
