import { CHANNELS, ingressTopic } from '@watchword/contracts';
import type { RawConfig } from './schema.ts';
import { CHANNEL_OF_TYPE } from './rules.ts';
import { compileRedis } from './compile-redis.ts';
import type { Secret } from './secret.ts';

type DeepReadonly<T> = T extends Secret
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T;

const MS = 1000;

/** From the file's words to the program's: camel case, durations in ms, tenants' overrides merged. Pure. */
export function compileConfig(raw: RawConfig): Config {
  return deepFreeze(build(raw));
}

function build(raw: RawConfig) {
  return {
    region: raw.region,
    /** Without a slash at its end. */
    publicUrl: raw.public_url.replace(/\/+$/, ''),
    http: {
      host: raw.http.host,
      port: raw.http.port,
      requestTimeoutMs: raw.http.request_timeout_ms,
      drainMs: raw.http.drain_ms,
    },
    redis: {
      state: compileRedis(raw.redis.state),
      queue: compileRedis(raw.redis.queue ?? raw.redis.state),
      namespace: raw.redis.namespace,
    },
    kafka: compileKafka(raw.kafka),
    keys: raw.keys,
    defaults: compileDefaults(raw.defaults),
    limits: compileLimits(raw.limits),
    tenants: raw.tenants.map((tenant) => compileTenant(tenant, raw)),
    providers: raw.providers.map((provider) => compileProvider(provider, raw.delivery.concurrency)),
    routing: {
      /** Countries where a text needs a registered sender. */
      registeredOnly: raw.routing.registered_only,
      /** By country, the regions where data of its recipients may be. */
      residency: raw.routing.residency,
      breakers: raw.routing.breakers,
    },
    delivery: {
      concurrency: raw.delivery.concurrency,
      attemptTimeoutMs: raw.delivery.attempt_timeout_ms,
      failoverBudgetMs: raw.delivery.failover_budget_ms,
      shards: raw.delivery.shards,
    },
    dispatcher: {
      pollMs: raw.dispatcher.poll_ms,
      highWater: raw.dispatcher.high_water,
    },
    log: { level: raw.log.level },
    ...(raw.tracing === undefined ? {} : { tracing: raw.tracing }),
  };
}

function compileKafka(raw: RawConfig['kafka']) {
  return {
    brokers: typeof raw.brokers === 'string' ? raw.brokers.split(',').map((broker) => broker.trim()) : raw.brokers,
    clientId: raw.client_id,
    topicPrefix: raw.topic_prefix,
    replicationFactor: raw.replication_factor,
    ssl: raw.ssl,
    ...(raw.sasl === undefined ? {} : { sasl: raw.sasl }),
  };
}

function compileDefaults(raw: RawConfig['defaults']) {
  const { sms, voice, email } = raw.step_seconds;
  return {
    codeLength: raw.code_length,
    lifeMs: raw.life_seconds * MS,
    checksMax: raw.checks_max,
    resendCooldownMs: raw.resend_cooldown_seconds * MS,
    stepMs: { sms: sms * MS, voice: voice * MS, email: email * MS },
    locale: raw.locale,
  };
}

/** Every number counts events in the window of its name; 0 is off. */
function compileLimits(raw: RawConfig['limits']) {
  return {
    recipient: {
      sendsPer10Minutes: raw.recipient.sends_per_10_minutes,
      sendsPerHour: raw.recipient.sends_per_hour,
      sendsPerDay: raw.recipient.sends_per_day,
      wrongChecksPerHour: raw.recipient.wrong_checks_per_hour,
      wrongChecksPerDay: raw.recipient.wrong_checks_per_day,
    },
    wide: {
      tenantPerMinute: raw.wide.tenant_per_minute,
      ipPrefixPerHour: raw.wide.ip_prefix_per_hour,
      countryPerMinute: raw.wide.country_per_minute,
      numberPrefixPer10Minutes: raw.wide.number_prefix_per_10_minutes,
    },
  };
}

function compileTenant(raw: RawConfig['tenants'][number], config: RawConfig) {
  const defaults = {
    ...config.defaults,
    ...raw.defaults,
    step_seconds: { ...config.defaults.step_seconds, ...raw.defaults?.step_seconds },
  };
  const limits = {
    recipient: { ...config.limits.recipient, ...raw.limits?.recipient },
    wide: { ...config.limits.wide, ...raw.limits?.wide },
  };
  return {
    id: raw.id,
    name: raw.name,
    brand: raw.brand,
    apiKeys: raw.api_keys.map(({ id, sha256, sees_all: seesAll }) => ({ id, sha256, seesAll })),
    /** ISO 3166 alpha-2, or all. */
    countries: raw.countries,
    channels: CHANNELS.filter((channel) => raw.channels.includes(channel)),
    /** Purposes whose approvals wait for Kafka. */
    strictOnce: raw.strict_once,
    ...(raw.webotp_origin === undefined ? {} : { webotpOrigin: raw.webotp_origin }),
    defaults: compileDefaults(defaults),
    limits: compileLimits(limits),
    ...(raw.ingress === undefined ? {} : { ingress: compileIngress(raw.id, raw.ingress) }),
    /** Names; every provider where the file says nothing. */
    providers: raw.providers ?? config.providers.map((provider) => provider.name),
    ...(raw.data_regions === undefined ? {} : { dataRegions: raw.data_regions }),
  };
}

function compileIngress(tenant: string, raw: NonNullable<RawConfig['tenants'][number]['ingress']>) {
  return {
    /** Bare: without the deployment's prefix. */
    topic: raw.topic ?? ingressTopic(tenant),
    clearRecipients: raw.clear_recipients,
    ...(raw.max_age_seconds === undefined ? {} : { maxAgeMs: raw.max_age_seconds * MS }),
  };
}

/** The share of a worker's slots that one provider may hold: with three, one that hangs leaves room for the others. */
const IN_FLIGHT_SHARE = 0.4;

function compileProvider(raw: RawConfig['providers'][number], slots: number) {
  const common = {
    name: raw.name,
    channel: CHANNEL_OF_TYPE[raw.type],
    priority: raw.priority,
    timeoutMs: raw.timeout_ms,
    from: raw.from,
    ...(raw.countries === undefined ? {} : { countries: raw.countries }),
    ...(raw.price === undefined ? {} : { price: { countries: {}, ...raw.price } }),
    ...(raw.max_per_second === undefined ? {} : { maxPerSecond: raw.max_per_second }),
    ...(raw.data_region === undefined ? {} : { dataRegion: raw.data_region }),
    ...(raw.type === 'vonage-messages' && { registeredIn: raw.registered_in }),
    maxInFlight: raw.max_in_flight ?? Math.max(1, Math.floor(slots * IN_FLIGHT_SHARE)),
  };
  if (raw.type === 'smtp') {
    return {
      type: raw.type,
      ...common,
      host: raw.host,
      port: raw.port,
      tls: raw.tls,
      ...(raw.username === undefined ? {} : { username: raw.username }),
      ...(raw.password === undefined ? {} : { password: raw.password }),
    };
  }
  const account = {
    ...common,
    ...(raw.api_host === undefined ? {} : { apiHost: raw.api_host.replace(/\/+$/, '') }),
    apiKey: raw.api_key,
    apiSecret: raw.api_secret,
    applicationId: raw.application_id,
    privateKey: raw.private_key,
    signatureSecret: raw.signature_secret,
  };
  // two members of the union, so that each can be told apart by its type
  return raw.type === 'vonage-voice' ? { type: raw.type, ...account } : { type: raw.type, ...account };
}

function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value as DeepReadonly<T>;
}

/** The configuration as the program uses it: durations in ms, tenants complete, frozen. */
export type Config = DeepReadonly<ReturnType<typeof build>>;
export type TenantConfig = Config['tenants'][number];
export type ProviderConfig = Config['providers'][number];
