export { BROKERS_SILENT_MAX_MS } from './broker-ping.ts';
export { createBus } from './create-bus.ts';
export { partitionOf } from './partition-of.ts';
export type {
  BareRecord,
  Bus,
  BusConfig,
  BusDeps,
  BusHealth,
  EventEnvelope,
  FollowOptions,
  FollowedTable,
  IncomingEvent,
  IncomingRecord,
  OutgoingEvent,
  PublishOptions,
  RawSubscribeOptions,
  RawReadOptions,
  ReadOptions,
  SubscribeOptions,
  Subscription,
} from './port.ts';
