import { generateKeyPairSync } from 'node:crypto';
import type { JwkSet } from '@watchword/contracts';
import { CompactEncrypt, importJWK } from 'jose';
import { Kafka, logLevel } from 'kafkajs';
import { inject } from 'vitest';
import type { Product } from './start-product.ts';

export interface Emitted {
  /** Anything of the platform's. */
  key?: string;
  /** As it goes into Kafka; an object as JSON. null: a tombstone. */
  value: object | string | null;
  headers?: Record<string, string>;
}

/** A platform as it emits its requests: with a Kafka client of its own, past everything of ours. */
export interface Platform {
  emit(topic: string, ...records: Emitted[]): Promise<void>;
  stop(): Promise<void>;
}

export async function connectPlatform({ topicPrefix }: Pick<Product, 'topicPrefix'>): Promise<Platform> {
  const kafka = new Kafka({ brokers: [...inject('kafkaBrokers')], clientId: 'platform', logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    emit: async (topic, ...records) => {
      const messages = records.map(({ key, value, headers }) => ({
        ...(key !== undefined && { key }),
        value: typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
        ...(headers && { headers }),
      }));
      await producer.send({ topic: topicPrefix + topic, acks: -1, messages });
    },
    stop: async () => producer.disconnect(),
  };
}

/** Encrypts an address to one of a deployment's public keys, as docs/ingress.md tells platforms to. */
export async function encryptTo(jwk: JwkSet['keys'][number], address: string): Promise<string> {
  return new CompactEncrypt(new TextEncoder().encode(address))
    .setProtectedHeader({ alg: jwk.alg, enc: 'A256GCM', kid: jwk.kid })
    .encrypt(await importJWK(jwk, jwk.alg));
}

/** A private key as an operator makes one. */
export function makeIngressKey(kind: 'ec' | 'rsa'): string {
  const { privateKey } =
    kind === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
