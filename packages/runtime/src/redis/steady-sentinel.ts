import { SentinelConnector, type SentinelConnectionOptions } from 'ioredis';

interface Detecting {
  failoverDetector: { cleanup(): void } | null;
}

/**
 * ioredis' Sentinel connector, whose failover detector outlives the connection it belongs to: told of a failover while the
 * next one is being made, it ends that one, and with it the client for good (ioredis 6.0.0; seen in failovers under load). Here
 * it ends with its connection; the next one brings its own.
 */
export class SteadySentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
  }

  override connect(...args: Parameters<SentinelConnector['connect']>): ReturnType<SentinelConnector['connect']> {
    (this as unknown as Detecting).failoverDetector?.cleanup();
    return super.connect(...args);
  }
}
