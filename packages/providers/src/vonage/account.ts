import { createPrivateKey } from 'node:crypto';
import { Auth } from '@vonage/auth';
import { Vonage } from '@vonage/server-sdk';
import { misconfigured } from '../misconfigured.ts';
import type { ProviderDeps } from '../port.ts';
import { debugReveals } from './debug-namespaces.ts';

/** What both Vonage adapters need to know of an account. Secrets are the values themselves, never paths. */
export interface VonageAccount {
  /** The provider's name in the configuration. */
  name: string;
  apiKey: string;
  apiSecret?: string;
  applicationId?: string;
  /** PEM text of the application's RSA key. */
  privateKey?: string;
  /** The account's signature secret: authenticates webhooks, and signs our callback paths for voice. */
  signatureSecret?: string;
  /** Where the API is, default `https://api.nexmo.com`. A simulator's address in development. */
  apiHost?: string;
}

/** Under 128 bits of text a secret can be guessed from one signed webhook. */
const SIGNATURE_SECRET_MIN_CHARS = 16;

/**
 * An SDK client whose credentials have been looked at: the SDK itself would take a missing key file's path for the key
 * and fail at the first message (vonage-node-sdk #900).
 */
export function createVonage(account: VonageAccount, deps: ProviderDeps, needs: 'application' | 'any'): Vonage {
  if (debugReveals(deps.debug)) {
    throw misconfigured(account.name, 'DEBUG turns on the Vonage SDK’s log, which prints keys, numbers and texts');
  }
  const apiHost = account.apiHost === undefined ? undefined : checkHost(account.name, account.apiHost);
  const options = apiHost === undefined ? {} : { apiHost };
  if (account.applicationId !== undefined && account.privateKey !== undefined) {
    const privateKey = checkPrivateKey(account.name, account.privateKey);
    const { apiKey, applicationId } = account;
    return new Vonage(reusingToken(new Auth({ apiKey, applicationId, privateKey })), options);
  }
  if (needs === 'application') throw misconfigured(account.name, 'voice needs applicationId and privateKey');
  if (!account.apiKey || !account.apiSecret) {
    throw misconfigured(account.name, 'needs applicationId and privateKey, or apiKey and apiSecret');
  }
  // An empty key keeps the SDK from asking the file system for a file named `undefined`, which Node warns about.
  return new Vonage({ apiKey: account.apiKey, apiSecret: account.apiSecret, privateKey: '' }, options);
}

/** How long a token is sent again: the SDK makes them for 15 minutes, and signs one for each call, which costs more than the rest of it. */
const TOKEN_REUSED_MS = 5 * 60_000;

function reusingToken(auth: Auth): Auth {
  const create = auth.createBearerHeader;
  let token: { header: string; madeAt: number } | undefined;
  auth.createBearerHeader = async () => {
    if (!token || performance.now() - token.madeAt > TOKEN_REUSED_MS) {
      token = { header: await create(), madeAt: performance.now() };
    }
    return token.header;
  };
  return auth;
}

/** The secret that webhooks are signed with, refused where it is missing or too short to be one. */
export function requireSignatureSecret(account: VonageAccount): string {
  const secret = account.signatureSecret ?? '';
  if (secret.length < SIGNATURE_SECRET_MIN_CHARS) {
    throw misconfigured(account.name, `needs a signatureSecret of at least ${SIGNATURE_SECRET_MIN_CHARS} characters`);
  }
  return secret;
}

/** Numbers go without their plus (Vonage refuses it); names of senders go as they are. */
export function vonageNumber(number: string): string {
  return number.replace(/^\+/, '');
}

function checkPrivateKey(provider: string, pem: string): string {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    // Not passed on as the cause: OpenSSL's message is of no use and the input is a secret.
  }
  throw misconfigured(provider, 'privateKey is not the PEM text of an unencrypted RSA private key');
}

function checkHost(provider: string, host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw misconfigured(provider, 'apiHost is not an http or https address');
  }
  return host.replace(/\/+$/, '');
}
