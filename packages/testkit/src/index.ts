export { createBrokerProxy, type BrokerProxy } from './broker-proxy.ts';
export type { EngineOrigin } from './engines/engine.ts';
export { startEngines, type Engines } from './engines/start-engines.ts';
export { startLocalKafka } from './engines/local-kafka.ts';
export { startLocalRedis, type LocalEngine } from './engines/local-redis.ts';
export { freePort } from './free-port.ts';
export { identifyProcess, isAlive, tryLock, type ProcessIdentity } from './process-life.mjs';
export { startServiceProcess, type ServiceProcess } from './service-process.ts';
export { waitFor } from './wait-for.ts';
