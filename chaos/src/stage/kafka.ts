import { startLocalKafka, type LocalEngine } from '@watchword/testkit';

/** A Kafka that is there to be hurt: one broker, on the same port through everything. */
export interface ChaosKafka {
  brokers: readonly string[];
  kill(): Promise<void>;
  /** Resolves when it serves again. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startChaosKafka(at: { java: string; jars: string; dir: string }): Promise<ChaosKafka> {
  let engine: LocalEngine = await startLocalKafka(at);
  const { port } = engine;
  return {
    brokers: [`127.0.0.1:${port}`],
    kill: async () => engine.kill(),
    start: async () => {
      engine = await startLocalKafka({ ...at, port });
    },
    stop: async () => engine.kill(),
  };
}
