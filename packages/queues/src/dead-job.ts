import { parseVerificationId } from '@watchword/contracts';
import type { Job } from 'bullmq';
import { type DeliveryJob, parseDeliveryJob } from './delivery-job.ts';

/** A job that no try can carry out, as its dead letter keeps it. */
export interface DeadJob {
  id: string;
  /** Undefined where it could not be parsed. */
  job: DeliveryJob | undefined;
  /** JSON of the job, or of what an unparsable one looks like: ids and counts as they are, anything else by its kind. */
  text: string;
  reason: string;
  /** How often it was tried. */
  tries: number;
}

/** @throws where it is not safe yet: the job stays in the queue and is buried again later */
export type BuryJob = (dead: DeadJob) => Promise<void>;

/** Ours have six fields. */
const FIELDS_MAX = 20;
/** A name of another form is none of ours, and may be anything. */
const FIELD_FORM = /^[A-Za-z_]{1,32}$/;
/** BullMQ takes any id that a producer gives. */
const ID_FORM = /^vf_[a-z0-9]{1,40}-\d{1,6}-\d{1,6}$/;

export function describeDeadJob(stored: Pick<Job, 'id' | 'data' | 'attemptsMade'>, reason: string): DeadJob {
  const job = parseDeliveryJob(stored.data);
  return {
    id: ID_FORM.test(stored.id ?? '') ? stored.id! : 'of another form',
    job,
    text: JSON.stringify(job ?? describeForeign(stored.data)),
    reason,
    tries: stored.attemptsMade + 1,
  };
}

/** Who puts something else into the queue may put an address or a code into it, and dead letters hold neither. */
function describeForeign(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return kindOf(data);
  const fields = Object.entries(data).filter(([name]) => FIELD_FORM.test(name));
  return Object.fromEntries(fields.slice(0, FIELDS_MAX).map(([name, value]) => [name, kindOf(value)]));
}

/** A number of up to three digits counts something of ours; a longer one may be a code. */
const COUNT_MAX = 999;

function kindOf(value: unknown): unknown {
  if (typeof value === 'string') return parseVerificationId(value) ? value : `text of ${value.length} characters`;
  if (typeof value === 'number') return Math.abs(value) <= COUNT_MAX ? value : 'a number';
  return value === null ? null : `a value of type ${typeof value}`;
}
