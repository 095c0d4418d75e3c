import { createVerificationId } from '@watchword/contracts';
import type { AdmittedRequest, Durations, SendWindow } from '../../src/index.ts';

/**
 * A small world on a short clock: three addresses (two of one recipient, for other purposes, and one of another tenant),
 * two verifications each. All times are tens of ms, so that a run of a tenth of a second sees leases, cool-downs, windows,
 * steps and lives end.
 */
export const DURATIONS: Durations = { admittedMs: 12, queueLeaseMs: 8, submitLeaseMs: 14, lifeLeftMinMs: 15 };
const COOLDOWN_MS = 10;
export const WINDOWS: readonly SendWindow[] = [
  { windowMs: 25, limit: 2 },
  { windowMs: 80, limit: 4 },
];
export const LONGEST_WINDOW_MS = 80;
export const OWNER = 'the-test';

/** Every other verification is traced. */
const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const ALICE = { sealed: 'sealed-alice', country: 'DE', operator: '', limit_bucket: 0x11, limit_key: 'alice' };
const DESK = { sealed: 'sealed-desk', country: 'FR', operator: '20801', limit_bucket: 0x22, limit_key: 'desk' };
const CAROL = { sealed: 'sealed-carol', country: 'US', operator: '', limit_bucket: 0x22, limit_key: 'carol' };

type Address = Pick<AdmittedRequest, 'tenant' | 'purpose' | 'lookup' | 'recipients' | 'workflow' | 'checks_max'>;
const ADDRESSES: readonly Address[] = [
  {
    tenant: 'shop',
    purpose: 'login',
    lookup: 'k1.alice-login',
    recipients: [ALICE, DESK],
    workflow: [
      { channel: 'sms', recipient: 0, timeout_ms: 20 },
      { channel: 'voice', recipient: 0, timeout_ms: 15 },
      { channel: 'voice', recipient: 1, timeout_ms: 10 },
    ],
    checks_max: 5,
  },
  {
    tenant: 'shop',
    purpose: 'pay',
    lookup: 'k1.alice-pay',
    recipients: [ALICE],
    workflow: [{ channel: 'sms', recipient: 0, timeout_ms: 25 }],
    checks_max: 2,
  },
  {
    tenant: 'bank',
    purpose: 'login',
    lookup: 'k2.carol-login',
    recipients: [CAROL, DESK],
    workflow: [
      { channel: 'email', recipient: 0, timeout_ms: 10 },
      { channel: 'sms', recipient: 1, timeout_ms: 10 },
    ],
    checks_max: 4,
  },
];

/** One of the verifications that a run may start, and what it would be. */
export interface Candidate {
  id: string;
  tenant: string;
  purpose: string;
  request: AdmittedRequest;
}

const PER_ADDRESS = 2;
export const CANDIDATES: readonly Candidate[] = ADDRESSES.flatMap((address, a) =>
  Array.from({ length: PER_ADDRESS }, (_, i) => ({
    id: createVerificationId(
      { region: 'a', bucket: address.recipients[0]!.limit_bucket },
      new Uint8Array(26).fill(a * PER_ADDRESS + i),
    ),
    tenant: address.tenant,
    purpose: address.purpose,
    request: {
      ...address,
      code_length: 6,
      cooldown_ms: COOLDOWN_MS,
      locale: 'en',
      webotp: false,
      ...(i === 1 && { client_reference: `order-${a}`, traceparent: TRACE }),
    },
  })),
);

export const BUCKETS_USED = [0x11, 0x22];
export const LOOKUPS = ADDRESSES.map(({ lookup, recipients }) => ({ lookup, bucket: recipients[0]!.limit_bucket }));
export const RECIPIENTS = [ALICE, DESK, CAROL];
