import { BaseError } from '@watchword/contracts';

/** Where an engine came from, in the order in which they are tried. */
export type EngineOrigin = 'environment' | 'container' | 'local';

/** A Redis or Kafka that answers. `address` is a Redis URL, or brokers joined by commas. */
export interface RunningEngine {
  address: string;
  /** Processes of this machine that were started for it; empty for the environment's and for containers. */
  pids: readonly number[];
  /** Ends what was started here, and nothing else. */
  stop(): Promise<void>;
}

/** One way to come to an engine. `absent` says why this way does not exist here; a thrown error ends the search. */
export interface EngineSource {
  origin: EngineOrigin;
  find(): Promise<{ outcome: 'running'; engine: RunningEngine } | { outcome: 'absent'; reason: string }>;
}

/** The first source that has the engine. Throws OTP_ENGINES_UNAVAILABLE, naming every way and why it failed. */
export async function firstAvailable(
  name: 'Redis' | 'Kafka',
  sources: readonly EngineSource[],
): Promise<RunningEngine & { origin: EngineOrigin }> {
  const reasons: string[] = [];
  for (const source of sources) {
    const found = await source.find();
    if (found.outcome === 'running') return { ...found.engine, origin: source.origin };
    reasons.push(found.reason);
  }
  throw enginesUnavailable(
    `${name} is neither given nor can it be started here. Any one of these ways will do:\n` +
      reasons.map((reason, index) => `  ${index + 1}. ${reason}`).join('\n'),
  );
}

export function enginesUnavailable(message: string, cause?: unknown): BaseError {
  return new BaseError('OTP_ENGINES_UNAVAILABLE', message, { retry: false, cause });
}
