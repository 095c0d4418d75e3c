import { numberPrefix } from '@watchword/policy';
import { ipPrefix, type Charge, type WideLimits } from '@watchword/risk';
import type { TenantConfig } from '@watchword/runtime';

const MINUTE_MS = 60_000;

/**
 * What sends to these recipients count against across people: the tenant and the person's network once, every country and every
 * block of numbers once. An e-mail address has no country.
 */
export function wideCharges(
  tenant: TenantConfig,
  recipients: readonly { country: string; value: string }[],
  clientIp: string | undefined,
): Charge[] {
  const { wide } = tenant.limits;
  const phones = recipients.filter(({ country }) => country !== '');
  const network = clientIp === undefined ? undefined : ipPrefix(clientIp);
  const own = (scope: Charge['scope'], names: readonly string[], limit: number, windowMs: number): Charge[] =>
    [...new Set(names)].map((name) => ({ scope, key: `${tenant.id}|${name}`, limit, windowMs }));
  const charges: Charge[] = [
    { scope: 'tenant', key: tenant.id, limit: wide.tenantPerMinute, windowMs: MINUTE_MS },
    ...own('ip_prefix', network === undefined ? [] : [network], wide.ipPrefixPerHour, 60 * MINUTE_MS),
    ...own(
      'country',
      phones.map(({ country }) => country),
      wide.countryPerMinute,
      MINUTE_MS,
    ),
    ...own(
      'number_prefix',
      phones.map(({ value }) => numberPrefix(value)),
      wide.numberPrefixPer10Minutes,
      10 * MINUTE_MS,
    ),
  ];
  return charges.filter(({ limit }) => limit > 0);
}

/**
 * Charges, acts, and gives the charges back unless a message goes out by it, also when acting fails: what was not served does
 * not count, or a client that asks for one person again and again would use up what all people of its tenant share.
 *
 * @returns refused: nothing was done
 */
export async function whileCharged<T>(
  limits: WideLimits,
  charges: readonly Charge[],
  act: () => Promise<{ sends: boolean; result: T }>,
): Promise<{ outcome: 'acted'; result: T } | { outcome: 'refused'; scope: Charge['scope']; retryAfterMs: number }> {
  const charged = await limits.charge(charges);
  if (charged.outcome === 'refused') return charged;
  let sends = false;
  try {
    const acted = await act();
    sends = acted.sends;
    return { outcome: 'acted', result: acted.result };
  } finally {
    // a refund that fails must hide neither the answer nor the fault; windows forget by themselves
    if (!sends) await limits.refund(charges).catch(() => undefined);
  }
}
