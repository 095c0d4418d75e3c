import { crc32 } from 'node:zlib';
import { type Channel, deliveryQueueName, parseVerificationId } from '@watchword/contracts';

/**
 * One order to deliver a step's code. It names what is to be done and carries nothing of it: no address, no code, since
 * BullMQ keeps a job's data in clear.
 */
export interface DeliveryJob {
  verificationId: string;
  step: number;
  send: number;
  /** Raised by the state when a worker was given up, so that the send can be ordered again. */
  n: number;
  /** W3C Trace Context. */
  traceparent?: string;
}

/**
 * `<verification id>-<send>-<n>`. BullMQ takes no job id that is an integer or holds a colon; ours begins with `vf_`. The same id
 * is ignored while the job is present, and only then: the state, not the queue, knows whether a send is done.
 */
export function deliveryJobId({ verificationId, send, n }: DeliveryJob): string {
  return `${verificationId}-${send}-${n}`;
}

/** All sends of a verification go to one shard, else the same job id could be present twice. */
export function shardOf(verificationId: string, shards: number): number {
  return crc32(verificationId) % shards;
}

/** One queue name per channel; the shard is in the prefix, whose braces keep a shard's keys in one slot of a cluster. */
export function queuePrefix(namespace: string, channel: Channel, shard: number): string {
  return `{${namespace}${deliveryQueueName(channel)}-${shard}}`;
}

/** A job as it was stored, or undefined where it is none of ours. */
export function parseDeliveryJob(data: unknown): DeliveryJob | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  const { verificationId, step, send, n, traceparent } = data as Record<string, unknown>;
  if (typeof verificationId !== 'string' || !parseVerificationId(verificationId)) return undefined;
  if (!isCount(step) || !isCount(send) || !isCount(n)) return undefined;
  return { verificationId, step, send, n, ...(typeof traceparent === 'string' && { traceparent }) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
