import type { ProviderConfig } from '@watchword/runtime';
import type { Price } from './deliver-deps.ts';

/** What a message to a country costs: the country's amount, else the provider's. */
export function priceOf(price: ProviderConfig['price'], country: string): Price | undefined {
  if (!price) return undefined;
  const { amount, currency, countries } = price;
  return { amount: countries[country] ?? amount, currency };
}
