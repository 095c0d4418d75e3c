import { resolve } from 'node:path';
import { createAptInstaller } from './apt.ts';
import { enginesUnavailable, firstAvailable, type EngineOrigin, type EngineSource } from './engine.ts';
import { kafkaFromContainer, redisFromContainer } from './from-container.ts';
import { brokerList, kafkaFromEnvironment, redisFromEnvironment } from './from-environment.ts';
import { kafkaFromLocal, redisFromLocal, type LocalSourceOptions } from './from-local.ts';
import { claimInstanceFolder, type InstanceFolder } from './instance-folder.ts';

/** A Redis and a Kafka that answer. */
export interface Engines {
  redisUrl: string;
  kafkaBrokers: string[];
  origin: { redis: EngineOrigin; kafka: EngineOrigin };
  /** Local processes that were started for this; empty where none was. */
  pids: number[];
  /** Ends what was started here, and only that; a second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Finds or starts Redis and Kafka, both at once, each in this order: `REDIS_URL` / `KAFKA_BROKERS`; a container engine;
 * local processes on loopback, installed where that is possible. They end with this process.
 *
 * @param options.dataDir where local engines keep their data, in a numbered folder for each run at the same time
 * @param options.keepData false for tests: starts empty and deletes the data at the end. Default true
 * @param options.onProgress gets a line for everything that takes more than a moment
 * @param options.signal gives the start up: what has started is ended, and the reason of the signal is thrown
 * @throws BaseError OTP_ENGINES_UNAVAILABLE, with the ways to mend it
 */
export async function startEngines(options: {
  dataDir: string;
  keepData?: boolean;
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}): Promise<Engines> {
  const onProgress = options.onProgress ?? (() => undefined);
  const keepData = options.keepData ?? true;
  let instance: Promise<InstanceFolder> | undefined;
  const instanceFolder = async (): Promise<string> => {
    instance ??= claimInstanceFolder(resolve(options.dataDir), { keepData });
    return (await instance).path;
  };
  // Where one of the two is not to be had, nobody waits until the other one serves.
  const inVain = new AbortController();
  const signal = AbortSignal.any([inVain.signal, ...(options.signal ? [options.signal] : [])]);
  const installer = createAptInstaller(onProgress);
  const sources = sourcesOf(onProgress, { instanceFolder, installer, onProgress, keepData, signal });
  const firstOf = (name: 'Redis' | 'Kafka') =>
    firstAvailable(name, sources[name]).catch((error: unknown) => {
      inVain.abort(error);
      throw error;
    });

  const [redis, kafka] = await Promise.allSettled([firstOf('Redis'), firstOf('Kafka')]);
  const running = [redis, kafka].flatMap((engine) => (engine.status === 'fulfilled' ? [engine.value] : []));
  const stopAll = async (): Promise<void> => {
    await Promise.all(running.map((engine) => engine.stop()));
    (await instance)?.release();
  };
  if (redis.status === 'rejected' || kafka.status === 'rejected' || options.signal?.aborted) {
    await stopAll();
    throw options.signal?.aborted ? options.signal.reason : bothFaults([redis, kafka]);
  }
  let stopping: Promise<void> | undefined;
  return {
    redisUrl: redis.value.address,
    kafkaBrokers: brokerList(kafka.value.address),
    origin: { redis: redis.value.origin, kafka: kafka.value.origin },
    pids: running.flatMap((engine) => [...engine.pids]),
    stop: () => (stopping ??= stopAll()),
  };
}

function sourcesOf(
  onProgress: (line: string) => void,
  local: LocalSourceOptions,
): Record<'Redis' | 'Kafka', EngineSource[]> {
  return {
    Redis: [redisFromEnvironment(process.env['REDIS_URL']), redisFromContainer(onProgress), redisFromLocal(local)],
    Kafka: [kafkaFromEnvironment(process.env['KAFKA_BROKERS']), kafkaFromContainer(onProgress), kafkaFromLocal(local)],
  };
}

function bothFaults(results: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  // An engine that was given up for the other one's sake has no fault of its own.
  const faults = [...new Set(reasons)];
  const [first] = faults;
  if (first !== undefined && faults.length === 1) return first;
  return enginesUnavailable(faults.map((fault) => fault.message).join('\n'), first);
}
