import type { BusConfig } from './port.ts';

/** Callers use bare names; Kafka sees them with the deployment's prefixes. */
export interface Names {
  topic: (bare: string) => string;
  bareTopic: (full: string) => string;
  /** Whether a topic belongs to this deployment. */
  isOurs: (full: string) => boolean;
  group: (bare: string) => string;
}

export function createNames({ topicPrefix = '', groupPrefix = '' }: BusConfig): Names {
  return {
    topic: (bare) => topicPrefix + bare,
    bareTopic: (full) => full.slice(topicPrefix.length),
    isOurs: (full) => full.startsWith(topicPrefix),
    group: (bare) => groupPrefix + bare,
  };
}
