import type { Config, ProviderConfig } from './compile.ts';
import { Secret } from './secret.ts';

/** What a service does with the providers' secrets: hands messages over, or verifies webhooks. */
export type ProviderUse = 'submit' | 'receive';

type SecretField<P> = { [F in keyof P]-?: NonNullable<P[F]> extends Secret ? F : never }[keyof P];
type OfType<T> = Extract<ProviderConfig, { type: T }>;

/** The secrets that each use needs. Voice signs its callback paths with the secret that also signs the webhooks. */
export const SECRETS_OF_USE = {
  submit: {
    'vonage-messages': ['apiSecret', 'privateKey'],
    'vonage-voice': ['privateKey', 'signatureSecret'],
    smtp: ['password'],
  },
  receive: { 'vonage-messages': ['signatureSecret'], 'vonage-voice': ['signatureSecret'], smtp: [] },
} as const satisfies Record<ProviderUse, { [T in ProviderConfig['type']]: readonly SecretField<OfType<T>>[] }>;

type Granted<U extends ProviderUse, T extends ProviderConfig['type']> = (typeof SECRETS_OF_USE)[U][T][number];

/** A provider with no other secrets than those of a use; without one (`never`): with none. */
export type ProviderFor<U extends ProviderUse = never, P = ProviderConfig> = P extends {
  type: infer T extends ProviderConfig['type'];
}
  ? Omit<P, Exclude<SecretField<P>, Granted<U, T>>>
  : never;

/**
 * The configuration as a service sees it. Keys come as a ring, Redis, Kafka and the collector as connections: what would open them is left
 * out, and of the providers' secrets all but those of its use.
 */
export type ServiceConfig<U extends ProviderUse = never> = Omit<
  Config,
  'keys' | 'redis' | 'kafka' | 'providers' | 'tracing'
> & {
  readonly redis: Pick<Config['redis'], 'namespace'>;
  readonly kafka: Pick<Config['kafka'], 'replicationFactor'>;
  readonly providers: readonly ProviderFor<U>[];
};

/** Takes out what a service may not have; what is left is frozen. */
export function narrowConfig<U extends ProviderUse = never>(config: Config, use: U | undefined): ServiceConfig<U> {
  const { keys: _keys, tracing: _tracing, redis, kafka, providers, ...rest } = config;
  return Object.freeze({
    ...rest,
    redis: Object.freeze({ namespace: redis.namespace }),
    kafka: Object.freeze({ replicationFactor: kafka.replicationFactor }),
    providers: Object.freeze(providers.map((provider) => narrowProvider<U>(provider, use))),
  });
}

function narrowProvider<U extends ProviderUse>(provider: ProviderConfig, use: U | undefined): ProviderFor<U> {
  const granted: readonly string[] = use === undefined ? [] : SECRETS_OF_USE[use][provider.type];
  const fields = Object.entries(provider).filter(
    ([field, value]: [string, unknown]) => !(value instanceof Secret) || granted.includes(field),
  );
  return Object.freeze(Object.fromEntries(fields)) as unknown as ProviderFor<U>;
}
