import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';

/** A key of the configuration's text, made once: making one for each call costs more than signing or verifying with it. */
export const secretKeyOf = once((text) => createSecretKey(text, 'utf8'));
/** @param text PEM; a private key's will do */
export const publicKeyOf = once((text) => createPublicKey(text));

function once(make: (text: string) => KeyObject): (text: string) => KeyObject {
  const made = new Map<string, KeyObject>();
  return (text) => {
    const key = made.get(text) ?? make(text);
    made.set(text, key);
    return key;
  };
}
