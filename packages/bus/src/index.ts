export { createBus } from './create-bus.ts';
export { partitionOf } from './partition-of.ts';
export type {
  Bus,
  BusConfig,
  BusDeps,
  BusHealth,
  EventEnvelope,
  IncomingEvent,
  OutgoingEvent,
  PublishOptions,
  ReadOptions,
  SubscribeOptions,
  Subscription,
} from './port.ts';
