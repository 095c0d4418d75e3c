import type { ConfigPath } from './issues.ts';
import { nearest } from './nearest.ts';
import { CHANNEL_OF_TYPE, type DraftConfig, type Report } from './rules.ts';

/** What India's DLT registers as the sender of a service message; the operator puts its own letters before and behind it. */
const DLT_HEADER = /^[A-Za-z0-9]{6}$/;

/** Where nobody may deliver, everything would end undeliverable: a slip in a name is told at boot. */
export function checkRouting(config: DraftConfig, report: Report): void {
  checkSenders(config, report);
  checkRegions(config, report);
}

function checkSenders(config: DraftConfig, report: Report): void {
  const providers = config.providers ?? [];
  for (const [index, provider] of providers.entries()) {
    if (provider?.type !== 'vonage-messages' || !provider.registered_in?.includes('IN')) continue;
    const { from } = provider;
    if (from === undefined || DLT_HEADER.test(from)) continue;
    report(['providers', index, 'from'], {
      expected: 'a header of six letters or digits beside registered_in: [IN]',
      found: JSON.stringify(from),
      fix: 'India’s DLT registers nothing else as the sender of a code. Another sender for a country is another provider.',
    });
  }
  // where a provider is broken, nothing can be said of all of them
  if (providers.some((provider) => provider?.type === undefined)) return;
  const texts = providers.flatMap((provider) => (provider?.type === 'vonage-messages' ? [provider] : []));
  for (const [index, country] of (config.routing?.registered_only ?? []).entries()) {
    const serves = texts.some((provider) => provider.registered_in?.includes(country));
    if (country === undefined || serves || texts.length === 0) continue;
    report(['routing', 'registered_only', index], {
      expected: 'a country that a provider of texts names in `registered_in`',
      found: country,
      fix: `No text could go to ${country}.`,
    });
  }
}

function checkRegions(config: DraftConfig, report: Report): void {
  const providers = config.providers ?? [];
  if (providers.some((provider) => provider?.name === undefined || provider.type === undefined)) return;
  const regions = [...new Set(providers.flatMap((provider) => provider?.data_region ?? []))];
  const checkNames = (names: readonly (string | undefined)[] | undefined, path: ConfigPath): void => {
    for (const [index, name] of (names ?? []).entries()) {
      if (name === undefined || regions.includes(name)) continue;
      const meant = nearest(name, regions);
      report([...path, index], {
        expected: `the data_region of a provider (${regions.join(', ') || 'none has one'})`,
        found: JSON.stringify(name),
        ...(meant === undefined ? {} : { fix: `Did you mean ${meant}?` }),
      });
    }
  };
  for (const [country, names] of Object.entries(config.routing?.residency ?? {}))
    checkNames(names, ['routing', 'residency', country]);
  for (const [index, tenant] of (config.tenants ?? []).entries()) {
    const names = tenant?.data_regions;
    checkNames(names, ['tenants', index, 'data_regions']);
    if (names === undefined || names.some((name) => name === undefined || !regions.includes(name))) continue;
    const mine = providers.filter((provider) => tenant?.providers?.includes(provider?.name) ?? true);
    for (const channel of tenant?.channels ?? []) {
      const serves = mine.some(
        (provider) =>
          provider?.type !== undefined &&
          CHANNEL_OF_TYPE[provider.type] === channel &&
          names.includes(provider.data_region),
      );
      if (channel === undefined || serves) continue;
      report(['tenants', index, 'data_regions'], {
        expected: 'a region in which one of its providers for each of its channels is',
        found: names.join(', '),
        fix: `No provider that it may use sends by ${channel} there, so every such verification would end undeliverable.`,
      });
    }
  }
}
