import { enginesUnavailable, type EngineSource } from './engine.ts';
import { probeKafka, probeRedis } from './probe.ts';

/** `REDIS_URL`, if set. A set address that does not answer is an error: falling back would hide it. */
export function redisFromEnvironment(url: string | undefined): EngineSource {
  return fromEnvironment('REDIS_URL', url, 'a Redis 6.2 or newer, redis://host:port', async (value) => {
    if (!URL.canParse(value)) throw new Error('it is not a URL like redis://host:port');
    await probeRedis(value);
  });
}

/** `KAFKA_BROKERS`, host:port joined by commas, if set. One of them must answer. */
export function kafkaFromEnvironment(brokers: string | undefined): EngineSource {
  return fromEnvironment('KAFKA_BROKERS', brokers, 'a Kafka 4, host:port', async (value) => {
    await Promise.any(brokerList(value).map((broker) => probeKafka(broker))).catch((error: unknown) => {
      throw error instanceof AggregateError ? (error.errors[0] as Error) : error;
    });
  });
}

export function brokerList(address: string): string[] {
  return address.split(',').map((broker) => broker.trim());
}

function fromEnvironment(
  variable: string,
  value: string | undefined,
  what: string,
  probe: (value: string) => Promise<void>,
): EngineSource {
  return {
    origin: 'environment',
    async find() {
      if (value === undefined || value === '') {
        return { outcome: 'absent', reason: `Set ${variable} to ${what} (it is not set).` };
      }
      try {
        await probe(value);
      } catch (error) {
        // The value itself may hold a password: only its variable is named.
        const reason = error instanceof Error ? error.message : String(error);
        throw enginesUnavailable(`${variable} is set, but nothing usable answers there: ${reason}.`, error);
      }
      return { outcome: 'running', engine: { address: value, pids: [], stop: () => Promise.resolve() } };
    },
  };
}
