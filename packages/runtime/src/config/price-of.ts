import type { ProviderConfig } from './compile.ts';

/** @returns what a message to a country costs: the country's amount, else the provider's; undefined where no price is configured */
export function priceOf(
  price: ProviderConfig['price'],
  country: string,
): { amount: string; currency: string } | undefined {
  if (!price) return undefined;
  const { amount, currency, countries } = price;
  return { amount: countries[country] ?? amount, currency };
}
