import { BaseError } from '@watchword/contracts';
import { KEY_BYTES, type KeyRole } from '@watchword/otp';
import type { Secret } from './secret.ts';

/** 32 bytes written as 64 hex digits or as base64 (either alphabet); undefined for anything else. */
export function decodeKey(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'));
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  return bytes.length === KEY_BYTES ? bytes : undefined;
}

type KeySections = Partial<
  Record<KeyRole, { readonly current: string; readonly keys: Readonly<Record<string, Secret>> }>
>;

/**
 * The material for a key ring of just these roles.
 * @throws BaseError OTP_CONFIG_INVALID when a role has no keys in the configuration.
 */
export function keyMaterial(sections: KeySections, roles: readonly KeyRole[]) {
  const material: Partial<Record<KeyRole, { current: string; keys: Record<string, Uint8Array> }>> = {};
  for (const role of roles) {
    const section = sections[role];
    if (!section) {
      throw new BaseError(
        'OTP_CONFIG_INVALID',
        `The configuration has no keys.${role}, which a service of this process needs.`,
        {
          retry: false,
        },
      );
    }
    const keys = Object.entries(section.keys).map(([id, secret]) => [id, decodeKey(secret.reveal())!] as const);
    material[role] = { current: section.current, keys: Object.fromEntries(keys) };
  }
  return material;
}
