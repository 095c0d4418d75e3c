import type { Behaviour } from './behaviour.ts';
import type { ProviderSetup, SimProviderConfig } from './config.ts';
import { createRandom, type Random } from './random.ts';

/** What a provider has seen and done since the start or the last reset. */
export interface ProviderCounts {
  submissions: number;
  /** Reached a handset or a mailbox. */
  arrived: number;
  /** Webhooks answered with 2xx, tried again, given up. */
  webhooks_taken: number;
  webhooks_retried: number;
  webhooks_given_up: number;
}

/** A virtual provider as it stands: `behaviour` is replaced as a whole when it is changed. */
export interface SimProvider<C extends SimProviderConfig = SimProviderConfig> {
  config: C;
  behaviour: Behaviour;
  random: Random;
  counts: ProviderCounts;
}

export interface Providers {
  get(name: string): SimProvider | undefined;
  list(): SimProvider[];
  resetBehaviours(): void;
  /** Starts every provider's random stream and counts afresh, with another seed if one is given. */
  resetRandom(seed?: number): void;
}

export function createProviders(setups: ProviderSetup[], seed: number): Providers {
  let currentSeed = seed;
  const providers = new Map(
    setups.map(({ config, behaviour }): [string, SimProvider] => [
      config.name,
      { config, behaviour, random: createRandom(seed, config.name), counts: noCounts() },
    ]),
  );
  return {
    get: (name) => providers.get(name),
    list: () => [...providers.values()],
    resetBehaviours() {
      for (const { config, behaviour } of setups) providers.get(config.name)!.behaviour = behaviour;
    },
    resetRandom(seed) {
      currentSeed = seed ?? currentSeed;
      for (const provider of providers.values()) {
        provider.random = createRandom(currentSeed, provider.config.name);
        provider.counts = noCounts();
      }
    },
  };
}

function noCounts(): ProviderCounts {
  return { submissions: 0, arrived: 0, webhooks_taken: 0, webhooks_retried: 0, webhooks_given_up: 0 };
}
