import { createPublicKey } from 'node:crypto';
import { BaseError } from '@watchword/contracts';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Behaviour, type BehaviourPatch, parseBehaviour } from './behaviour.ts';
import { describeErrors, type FieldError } from './field-errors.ts';

const closed = { additionalProperties: false };
/** Part of a path, so no slash. */
const Name = Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$' });
const Secret = Type.String({ minLength: 1, maxLength: 10_000 });
const Url = Type.String({ pattern: '^https?://', maxLength: 2000 });
const BehaviourGiven = Type.Optional(Type.Unsafe<BehaviourPatch>(Type.Object({})));

/**
 * A virtual account at Vonage, reached at `<url>/p/<name>`. It takes whichever credentials it is given: JWTs of
 * `applicationId` signed by the key that belongs to `publicKey` (PEM; a private key's PEM will do), or Basic
 * `apiKey:apiSecret` (Messages only, as at Vonage).
 */
const VonageProvider = Type.Object(
  {
    name: Name,
    protocol: Type.Literal('vonage'),
    apiKey: Secret,
    apiSecret: Type.Optional(Secret),
    applicationId: Type.Optional(Secret),
    publicKey: Type.Optional(Secret),
    /** Signs the webhooks; without it they go unsigned. */
    signatureSecret: Type.Optional(Secret),
    /** Where message statuses go, unless a message names its own `webhook_url`. */
    statusUrl: Type.Optional(Url),
    /** Where call events go, unless a call names its own `event_url`. */
    eventUrl: Type.Optional(Url),
    behaviour: BehaviourGiven,
  },
  closed,
);

/** A mail provider: whoever logs in with one of its accounts is served as it behaves. */
const SmtpProvider = Type.Object({ name: Name, protocol: Type.Literal('smtp'), behaviour: BehaviourGiven }, closed);

/** A login for SMTP. `provider` names an SMTP provider; one that is not listed behaves well. */
const Account = Type.Object({ user: Secret, pass: Secret, provider: Type.Optional(Name) }, closed);

const ConfigSchema = Type.Object(
  {
    host: Type.String({ minLength: 1 }),
    port: Type.Integer({ minimum: 0, maximum: 65_535 }),
    smtpPort: Type.Integer({ minimum: 0, maximum: 65_535 }),
    seed: Type.Integer(),
    providers: Type.Array(Type.Union([VonageProvider, SmtpProvider]), { maxItems: 1000 }),
    accounts: Type.Array(Account, { maxItems: 1000 }),
    /** PEM; with it STARTTLS is offered. */
    smtpTls: Type.Optional(Type.Object({ key: Secret, cert: Secret }, closed)),
  },
  closed,
);

export type VonageProviderConfig = Static<typeof VonageProvider>;
export type SmtpProviderConfig = Static<typeof SmtpProvider>;
export type SimProviderConfig = VonageProviderConfig | SmtpProviderConfig;
export type SmtpAccount = Static<typeof Account>;

/** `port` and `smtpPort` 0 mean any free port. Without accounts, SMTP asks for no login. */
export type CarrierSimConfig = Static<typeof ConfigSchema>;

/** The provider of mails that come without a login. */
export const ANONYMOUS_SMTP = 'smtp';

export interface ProviderSetup {
  config: SimProviderConfig;
  behaviour: Behaviour;
}

const compiled = Compile(ConfigSchema);
const compiledVonage = Compile(VonageProvider);
const compiledSmtp = Compile(SmtpProvider);

/**
 * Checks a configuration and completes it: behaviours in full, SMTP providers that only accounts name.
 * @throws BaseError OTP_CONFIG_INVALID naming every fault
 */
export function prepareProviders(config: CarrierSimConfig): ProviderSetup[] {
  const errors = schemaErrors(config);
  if (errors.length > 0) throw invalid(errors);
  const setups = config.providers.map((provider, index) => prepareProvider(provider, `/providers/${index}`, errors));
  const names = new Set<string>();
  for (const [index, { name }] of config.providers.entries()) {
    if (names.has(name)) errors.push({ path: `/providers/${index}/name`, message: 'is taken by another provider' });
    names.add(name);
  }
  for (const [index, account] of config.accounts.entries()) {
    const name = account.provider ?? account.user;
    const known = config.providers.find((provider) => provider.name === name);
    if (known?.protocol === 'vonage') {
      errors.push({ path: `/accounts/${index}/provider`, message: 'names a provider that does not speak SMTP' });
    }
  }
  for (const name of impliedNames(config)) setups.push(prepareProvider({ name, protocol: 'smtp' }, '', errors));
  if (errors.length > 0) throw invalid(errors);
  return setups;
}

/** SMTP providers that are served without being listed. */
function impliedNames(config: CarrierSimConfig): Set<string> {
  const named = config.accounts.map((account) => account.provider ?? account.user);
  const listed = new Set(config.providers.map((provider) => provider.name));
  return new Set((named.length > 0 ? named : [ANONYMOUS_SMTP]).filter((name) => !listed.has(name)));
}

function prepareProvider(config: SimProviderConfig, path: string, errors: FieldError[]): ProviderSetup {
  const parsed = parseBehaviour(config.behaviour ?? {}, config.protocol);
  if (parsed.outcome === 'invalid') {
    for (const error of parsed.errors) errors.push({ ...error, path: `${path}/behaviour${error.path}` });
  }
  if (config.protocol === 'vonage') errors.push(...credentialErrors(config, path));
  return { config, behaviour: parsed.outcome === 'valid' ? parsed.behaviour : ({} as Behaviour) };
}

function credentialErrors(config: VonageProviderConfig, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if ((config.applicationId === undefined) !== (config.publicKey === undefined)) {
    errors.push({ path, message: 'applicationId and publicKey come together' });
  }
  if (config.apiSecret === undefined && config.publicKey === undefined) {
    errors.push({ path, message: 'needs apiSecret, or applicationId and publicKey: nobody could log in' });
  }
  if (config.publicKey !== undefined) {
    try {
      createPublicKey(config.publicKey);
    } catch {
      errors.push({ path: `${path}/publicKey`, message: 'must be a PEM key' });
    }
  }
  return errors;
}

/** The errors of a union say nothing useful, so that providers are checked again by their own schema. */
function schemaErrors(config: CarrierSimConfig): FieldError[] {
  if (compiled.Check(config)) return [];
  const all = describeErrors(compiled.Errors(config)).filter((error) => !error.path.startsWith('/providers/'));
  const providers: unknown = (config as { providers?: unknown }).providers;
  if (!Array.isArray(providers)) return all;
  return [
    ...all,
    ...providers.flatMap((provider: unknown, index) => {
      const smtp = (provider as { protocol?: unknown } | null)?.protocol === 'smtp';
      const found = describeErrors(smtp ? compiledSmtp.Errors(provider) : compiledVonage.Errors(provider));
      return found.map((error) => ({ ...error, path: `/providers/${index}${error.path}` }));
    }),
  ];
}

function invalid(errors: FieldError[]): BaseError {
  const list = errors.map((error) => `${error.path || '/'} ${error.message}`).join('; ');
  return new BaseError('OTP_CONFIG_INVALID', `The carrier simulator's configuration: ${list}.`, { retry: false });
}
