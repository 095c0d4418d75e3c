import { CHANNELS } from '@watchword/contracts';
import type { Channel } from '@watchword/contracts';
import type { ConfigIssue, ConfigPath } from './issues.ts';
import { nearest } from './nearest.ts';
import type { RawConfig } from './schema.ts';
import { Secret } from './secret.ts';

/** The configuration while some of its fields may be missing or wrong. */
type Draft<T> = T extends Secret
  ? T | undefined
  : T extends readonly (infer Item)[]
    ? Draft<Item>[] | undefined
    : T extends object
      ? { [Key in keyof T]?: Draft<T[Key]> } | undefined
      : T | undefined;

export type DraftConfig = NonNullable<Draft<RawConfig>>;
export type Report = (path: ConfigPath, issue: Pick<ConfigIssue, 'expected' | 'found' | 'fix'>) => void;

/** Which channel a provider of this type serves. */
export const CHANNEL_OF_TYPE = {
  'vonage-messages': 'sms',
  'vonage-voice': 'voice',
  smtp: 'email',
} as const satisfies Record<RawConfig['providers'][number]['type'], Channel>;

/** What no field can know alone. Each rule says why. Fields that failed by themselves are absent and not judged again. */
export function checkRules(config: DraftConfig, report: Report): void {
  checkNames(config, report);
  checkApiKeys(config, report);
  checkTenantProviders(config, report);
  checkTimes(config, report);
  checkKeys(config, report);
  checkLogins(config, report);
}

function checkNames(config: DraftConfig, report: Report): void {
  const providers = (config.providers ?? []).map((provider) => provider?.name);
  reportTwice(
    providers,
    (index) => ['providers', index, 'name'],
    'a name of its own',
    'Receipts and scores go by the name.',
    report,
  );
  const tenants = (config.tenants ?? []).map((tenant) => tenant?.id);
  reportTwice(
    tenants,
    (index) => ['tenants', index, 'id'],
    'an id of its own',
    'Limits and verifications go by the id.',
    report,
  );
}

function checkApiKeys(config: DraftConfig, report: Report): void {
  const keys = (config.tenants ?? []).flatMap((tenant, tenantIndex) =>
    (tenant?.api_keys ?? []).map((key, index) => ({ key, path: ['tenants', tenantIndex, 'api_keys', index] })),
  );
  const hashes = keys.map(({ key }) => key?.sha256);
  const hashPath = (index: number) => [...keys[index]!.path, 'sha256'];
  reportTwice(hashes, hashPath, 'a key of its own', 'One key cannot stand for two tenants or have two names.', report);
  for (const [tenantIndex, tenant] of (config.tenants ?? []).entries()) {
    const ids = (tenant?.api_keys ?? []).map((key) => key?.id);
    const idPath = (index: number) => ['tenants', tenantIndex, 'api_keys', index, 'id'];
    reportTwice(ids, idPath, 'an id of its own', 'Logs tell keys apart by their ids.', report);
  }
}

export function reportTwice(
  values: readonly (string | undefined)[],
  pathOf: (index: number) => ConfigPath,
  expected: string,
  why: string,
  report: Report,
): void {
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (value === undefined || first === index) continue;
    report(pathOf(index), { expected, found: `the same as in entry ${first + 1}`, fix: why });
  }
}

function checkTenantProviders(config: DraftConfig, report: Report): void {
  const providers = (config.providers ?? []).flatMap((provider) =>
    provider?.name === undefined || provider.type === undefined ? [] : [{ name: provider.name, type: provider.type }],
  );
  // Where a provider is broken, its name or type may be missing: nothing can be said about what is served.
  if (providers.length === 0 || providers.length < (config.providers ?? []).length) return;
  const names = [...new Set(providers.map((provider) => provider.name))];
  for (const [tenantIndex, tenant] of (config.tenants ?? []).entries()) {
    for (const [index, name] of (tenant?.providers ?? []).entries()) {
      if (name === undefined || names.includes(name)) continue;
      const meant = nearest(name, names);
      report(['tenants', tenantIndex, 'providers', index], {
        expected: `the name of a provider (${names.join(', ')})`,
        found: JSON.stringify(name),
        ...(meant === undefined ? {} : { fix: `Did you mean ${meant}?` }),
      });
    }
    checkChannels(tenant, tenantIndex, providers, report);
  }
}

type TenantDraft = NonNullable<DraftConfig['tenants']>[number];

function checkChannels(
  tenant: TenantDraft,
  tenantIndex: number,
  providers: readonly { name: string; type: keyof typeof CHANNEL_OF_TYPE }[],
  report: Report,
): void {
  const allowed = tenant?.providers ?? providers.map((provider) => provider.name);
  if (allowed.some((name) => !providers.some((provider) => provider.name === name))) return;
  const served = providers.filter(({ name }) => allowed.includes(name)).map(({ type }) => CHANNEL_OF_TYPE[type]);
  for (const [index, channel] of (tenant?.channels ?? []).entries()) {
    if (channel === undefined || served.some((one) => one === channel)) continue;
    report(['tenants', tenantIndex, 'channels', index], {
      expected: 'a channel that one of its providers serves',
      found: channel,
      fix: `No provider that this tenant may use sends by ${channel}, so every such verification would end undeliverable. Add one, or take the channel out.`,
    });
  }
}

function checkTimes(config: DraftConfig, report: Report): void {
  const used = CHANNELS.filter((channel) =>
    (config.tenants ?? []).some((tenant) => tenant?.channels?.includes(channel)),
  );
  checkDefaults(config.defaults, config.defaults, used, ['defaults'], report);
  for (const [index, tenant] of (config.tenants ?? []).entries()) {
    const channels = CHANNELS.filter((channel) => tenant?.channels?.includes(channel));
    if (tenant?.defaults)
      checkDefaults(tenant.defaults, config.defaults, channels, ['tenants', index, 'defaults'], report);
  }
  const budget = config.delivery?.failover_budget_ms;
  if (budget === undefined) return;
  const why = `All attempts of one job share delivery.failover_budget_ms (${budget}).`;
  const attempt = config.delivery?.attempt_timeout_ms;
  if (attempt !== undefined && attempt > budget) {
    report(['delivery', 'attempt_timeout_ms'], { expected: `at most ${budget}`, found: String(attempt), fix: why });
  }
  for (const [index, provider] of (config.providers ?? []).entries()) {
    if (provider?.timeout_ms === undefined || provider.timeout_ms <= budget) continue;
    report(['providers', index, 'timeout_ms'], {
      expected: `at most ${budget}`,
      found: String(provider.timeout_ms),
      fix: why,
    });
  }
}

type DefaultsDraft = DraftConfig['defaults'];

/** `own` over `base`, for the channels in use; only where `own` says something is there something to report, at `path`. */
function checkDefaults(
  own: DefaultsDraft,
  base: DefaultsDraft,
  channels: readonly Channel[],
  path: ConfigPath,
  report: Report,
): void {
  const life = own?.life_seconds ?? base?.life_seconds;
  if (life === undefined) return;
  const reportAbove = (field: ConfigPath, seconds: number | undefined, isOwn: boolean, what: string) => {
    if (seconds === undefined || seconds <= life || (!isOwn && own?.life_seconds === undefined)) return;
    report(isOwn ? [...path, ...field] : [...path, 'life_seconds'], {
      expected: isOwn ? `at most the life of ${life} s` : `at least the ${what} of ${seconds} s`,
      found: String(isOwn ? seconds : life),
      fix: `A verification would be over before its ${what}.`,
    });
  };
  for (const channel of channels) {
    const ownStep = own?.step_seconds?.[channel];
    const step = ownStep ?? base?.step_seconds?.[channel];
    reportAbove(['step_seconds', channel], step, ownStep !== undefined, `${channel} step’s deadline`);
  }
  const ownCooldown = own?.resend_cooldown_seconds;
  const cooldown = ownCooldown ?? base?.resend_cooldown_seconds;
  reportAbove(['resend_cooldown_seconds'], cooldown, ownCooldown !== undefined, 'first resend');
}

function checkKeys(config: DraftConfig, report: Report): void {
  const seen = new Map<string, string>();
  for (const [role, section] of Object.entries(config.keys ?? {})) {
    const ids = Object.keys(section?.keys ?? {});
    if (section?.current !== undefined && section.keys !== undefined && !ids.includes(section.current)) {
      report(['keys', role, 'current'], {
        expected: `one of keys.${role}.keys (${ids.join(', ') || 'none'})`,
        found: JSON.stringify(section.current),
        fix: 'New values are made with this key.',
      });
    }
    for (const [id, secret] of Object.entries(section?.keys ?? {})) {
      const value = secret instanceof Secret ? secret.peek() : undefined;
      if (value === undefined) continue;
      const first = seen.get(value);
      if (first === undefined) seen.set(value, `keys.${role}.keys.${id}`);
      else {
        report(['keys', role, 'keys', id], {
          expected: 'a key of its own',
          found: `the same key as ${first}`,
          fix: 'A key in two places makes one leak two, and a rotation none.',
        });
      }
    }
  }
}

function checkLogins(config: DraftConfig, report: Report): void {
  for (const [index, provider] of (config.providers ?? []).entries()) {
    if (provider?.type !== 'smtp' || (provider.username === undefined) === (provider.password === undefined)) continue;
    const [there, missing] = provider.username === undefined ? ['password', 'username'] : ['username', 'password'];
    report(['providers', index, there], {
      expected: `${missing} beside ${there}`,
      found: `${there} alone`,
      fix: 'A login needs both; without a login leave both out.',
    });
  }
  for (const role of ['state', 'queue'] as const) {
    const settings = config.redis?.[role];
    if (settings?.tls !== undefined && settings.url?.startsWith('redis://')) {
      report(['redis', role, 'tls'], {
        expected: 'a rediss:// address beside tls',
        found: 'a redis:// address',
        fix: 'redis:// is not encrypted.',
      });
    }
  }
}
