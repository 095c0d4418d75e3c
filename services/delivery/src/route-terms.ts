import type { Channel } from '@watchword/contracts';
import { findControl, type Candidate, type ExclusionReason, type RouteControl } from '@watchword/routing';
import { priceOf, type ProviderConfig, type ServiceConfig } from '@watchword/runtime';
import type { DeliveryControl } from './follow-controls.ts';

/** What configuration and operators say of a choice, whatever has happened to its send. */
export interface RouteTerms {
  candidates: readonly Candidate[];
  /** Who may not deliver there, for this tenant. */
  excluded: readonly { provider: string; reason: ExclusionReason }[];
  control: RouteControl | undefined;
}

type Provider = Pick<ProviderConfig, 'name' | 'channel' | 'priority' | 'countries' | 'price' | 'dataRegion'> & {
  registeredIn?: readonly string[];
};
export interface RouteTermsInput {
  config: {
    routing: Pick<ServiceConfig['routing'], 'registeredOnly' | 'residency'>;
    providers: readonly Provider[];
    tenants: readonly Pick<ServiceConfig['tenants'][number], 'id' | 'providers' | 'dataRegions'>[];
  };
  channel: Channel;
  controls: () => readonly DeliveryControl[];
}

/** @returns the terms of a tenant's choice for a country ('' for none): from memory, as they stand at the call */
export function createRouteTerms({
  config,
  channel,
  controls,
}: RouteTermsInput): (tenant: string, country: string) => RouteTerms {
  const providers = config.providers.filter((provider) => provider.channel === channel);
  const currencies = new Set(providers.flatMap(({ price }) => (price ? [price.currency] : [])));
  // amounts of two currencies cannot be compared, and no rate is known
  const onlyCurrency = currencies.size === 1 ? [...currencies][0] : undefined;
  const tenants = new Map(
    config.tenants.map(({ id, providers: names, dataRegions }) => [
      id,
      { dataRegions, providers: providers.filter(({ name }) => names.includes(name)) },
    ]),
  );
  const registeredOnly = new Set(channel === 'sms' ? config.routing.registeredOnly : []);
  return (tenant, country) => {
    const { providers: allowed = [], dataRegions } = tenants.get(tenant) ?? {};
    const control = findControl(controls(), { tenant, country, channel });
    const currency = control?.currency ?? onlyCurrency;
    const regions = [dataRegions, config.routing.residency[country]].filter((each) => each !== undefined);
    const excluded: { provider: string; reason: ExclusionReason }[] = [];
    for (const { name, registeredIn = [], dataRegion, price } of allowed) {
      const out = (reason: ExclusionReason) => excluded.push({ provider: name, reason });
      if (!regions.every((names) => dataRegion !== undefined && names.includes(dataRegion))) out('residency');
      else if (registeredOnly.has(country) && !registeredIn.includes(country)) out('sender');
      else if (control?.currency !== undefined && price && price.currency !== control.currency) out('price');
    }
    return { candidates: allowed.map((provider) => toCandidate(provider, country, currency)), excluded, control };
  };
}

/** @param currency of the prices that are compared */
function toCandidate(
  { name, priority, countries, price }: Provider,
  country: string,
  currency: string | undefined,
): Candidate {
  const own = priceOf(price, country);
  return {
    provider: name,
    priority,
    ...(countries && { countries }),
    ...(own && own.currency === currency && { price: Number(own.amount) }),
  };
}
