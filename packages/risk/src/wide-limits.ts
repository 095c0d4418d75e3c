import { BaseError } from '@watchword/contracts';
import { loadLimitScripts, type RedisConnection } from './scripts.ts';

export type LimitScope = 'tenant' | 'ip_prefix' | 'country' | 'number_prefix';

/** What a charge counts against. `key` in clear: it is hashed here where it tells of a person. */
export interface Charge {
  scope: LimitScope;
  key: string;
  /** How many at once, and how many per window in the long run; 0 refuses all. */
  limit: number;
  windowMs: number;
}

export type ChargeResult =
  | { outcome: 'allowed' }
  /** `scope` and `retryAfterMs` are those of the limit that frees up last. */
  | { outcome: 'refused'; scope: LimitScope; retryAfterMs: number };

export interface WideLimits {
  /**
   * One charge against each limit, all sent at once. If any refuses, those that allowed are refunded: otherwise one noisy
   * address would use up its tenant's limit with requests that were never served.
   *
   * @throws BaseError `OTP_STATE_UNAVAILABLE`
   */
  charge: (charges: readonly Charge[]) => Promise<ChargeResult>;
  /** Takes allowed charges back, when what they were for did not happen. */
  refund: (charges: readonly Charge[]) => Promise<void>;
}

/** Tenant and network, and the country and the block of numbers of each of a workflow's six recipients: more would be a mistake. */
const CHARGES_MAX = 14;
/** Scopes whose keys point to a person or a household; the others are names and ISO codes, and are kept readable. */
const HASHED_SCOPES: ReadonlySet<LimitScope> = new Set<LimitScope>(['ip_prefix', 'number_prefix']);

/**
 * Limits that are shared by many recipients. Each is one key under its own hash tag, `{<namespace>w:<scope>:<key>}:<windowMs>`,
 * so that they spread over a cluster; each is atomic for itself, and a refusal of one undoes the others.
 *
 * @param deps.hash keyed hash: number prefixes and IP addresses are few enough to count through a plain one
 */
export function createWideLimits(
  redis: RedisConnection,
  deps: { namespace: string; hash: (text: string) => string },
): WideLimits {
  const scripts = loadLimitScripts(redis);
  const keyOf = ({ scope, key, windowMs }: Charge): string =>
    `{${deps.namespace}w:${scope}:${HASHED_SCOPES.has(scope) ? deps.hash(key) : key}}:${windowMs}`;

  async function refund(charges: readonly Charge[]): Promise<void> {
    await Promise.all(charges.map((charge) => scripts.refundLimit(keyOf(charge), charge.limit, charge.windowMs)));
  }

  async function charge(charges: readonly Charge[]): Promise<ChargeResult> {
    if (charges.length > CHARGES_MAX) {
      throw new BaseError('OTP_CONFIG_INVALID', `more than ${CHARGES_MAX} wide limits`, { retry: false });
    }
    // Commands of one tick travel together; a pipeline would do the same, but refuses keys of several slots.
    const answers = await Promise.all(
      charges.map(async (given) => ({
        given,
        answer: await scripts.chargeLimit(keyOf(given), given.limit, given.windowMs),
      })),
    );
    const refused = answers
      .filter(({ answer }) => !answer.allowed)
      .sort((left, right) => right.answer.retryAfterMs - left.answer.retryAfterMs);
    const last = refused[0];
    if (!last) return { outcome: 'allowed' };
    await refund(answers.filter(({ answer }) => answer.allowed).map(({ given }) => given));
    return { outcome: 'refused', scope: last.given.scope, retryAfterMs: last.answer.retryAfterMs };
  }

  return { charge, refund };
}
