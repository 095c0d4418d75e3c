import type { ControlEvent, ControlScope } from '@watchword/contracts';

/** `tenant shop, DE, sms`, or `everything`. */
export function describeScope({ tenant, country, channel }: ControlScope): string {
  const named = [tenant && `tenant ${tenant}`, country, channel].filter((each) => each !== undefined);
  return named.length === 0 ? 'everything' : named.join(', ');
}

/** `pin north; drained south, third; at most 0.05 EUR`. */
export function describeAsked(control: Omit<ControlEvent, 'set_by' | 'set_at'>): string {
  const { pin, weights, drained, tolerance, price_max: priceMax, explore } = control;
  const shares = Object.entries(weights ?? {}).map(([provider, share]) => `${provider} ${share} %`);
  return [
    pin !== undefined && `pin ${pin}`,
    weights && `weights ${shares.join(', ')}`,
    drained && `drained ${drained.join(', ')}`,
    tolerance !== undefined && `tolerance ${tolerance}`,
    priceMax && `at most ${priceMax.amount} ${priceMax.currency}`,
    explore !== undefined && `explore ${explore}`,
  ]
    .filter((each) => typeof each === 'string')
    .join('; ');
}

/** Whether a control for `narrow` counts instead of one for `wide`, for some send that both fit. */
export function isNarrower(narrow: ControlScope, wide: ControlScope): boolean {
  const fields = ['tenant', 'country', 'channel'] as const;
  const meet = fields.every(
    (field) => narrow[field] === undefined || wide[field] === undefined || narrow[field] === wide[field],
  );
  return meet && rankOf(narrow) > rankOf(wide);
}

/** As `findControl` of packages/routing ranks them; a test compares. */
export function rankOf({ tenant, country, channel }: ControlScope): number {
  return (tenant === undefined ? 0 : 4) + (country === undefined ? 0 : 2) + (channel === undefined ? 0 : 1);
}
