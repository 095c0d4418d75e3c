import { createPublicKey } from 'node:crypto';
import type { JwkSet } from '@watchword/contracts';
import type { KeyRing } from '@watchword/otp';

/** The public halves of the ingress keys (RFC 7517), the current one first: what platforms encrypt addresses to. */
export function renderJwkSet(keys: KeyRing<'ingress'> | undefined): JwkSet {
  return {
    keys: (keys?.all('ingress') ?? []).map(({ kid, key }) => {
      const jwk = createPublicKey(key).export({ format: 'jwk' }) as Record<string, string>;
      return jwk['kty'] === 'EC'
        ? { kty: 'EC', kid, use: 'enc', alg: 'ECDH-ES+A256KW', crv: 'P-256', x: jwk['x']!, y: jwk['y']! }
        : { kty: 'RSA', kid, use: 'enc', alg: 'RSA-OAEP-256', n: jwk['n']!, e: jwk['e']! };
    }),
  };
}
