import type { Channel, EventTopic } from '@watchword/contracts';
import type { OtpRecord } from '../load/record.ts';

/** What is known of a run when it is over: four witnesses who do not know each other. Times in ms since 1970. */
export interface History {
  /** The platforms and people. */
  otps: readonly OtpRecord[];
  /** Kafka, every topic from its beginning. */
  events: readonly EventFact[];
  /** Redis, every record that is still there. */
  records: readonly RecordFact[];
  /** The providers' own books. */
  submissions: readonly SubmissionFact[];
  /** When Redis lost data, so that what no other engine had by then is gone. */
  lossesAt: readonly number[];
  /** Sends that the product counts as carried out for records that a recovery had touched: possible duplicates. */
  recoveredSends: number;
  /** Records of dead-letter topics; what the scenario itself put there is left out. */
  deadLetters: readonly DeadLetterFact[];
  /** Which providers each channel has. */
  providers: Readonly<Partial<Record<Channel, readonly string[]>>>;
  /** When an engine was away or did not serve; of services there are none, since their work is to come back. */
  outages: readonly { from: number; until: number }[];
  /** When Redis was read; Kafka was right after. */
  readAt: number;
}

export interface EventFact {
  topic: EventTopic;
  /** CloudEvents id: a repeat of the same event has the same one. */
  eventId: string;
  id: string;
  /** When it was given to Kafka. */
  at: number;
  /** Of an attempt. */
  attempt?: { attemptId: string; send: number; state: string; takenOver: boolean };
  /** Of a check. */
  valid?: boolean;
  /** Of an outcome. */
  outcome?: string;
  /** Of a receipt. */
  receipt?: { attemptId: string; status: string; raw: string };
}

export interface DeadLetterFact {
  topic: string;
  offset: string;
  /** Why it is there; neither key nor value. */
  reason: string;
}

export interface RecordFact {
  id: string;
  status: string;
  expiresAt: number;
  /** How many deadlines will call for it. */
  deadlines: number;
}

export interface SubmissionFact {
  seq: number;
  at: number;
  /** Undefined where the provider was given no reference of ours. */
  attemptId: string | undefined;
  provider: string;
  /** One spelling for one phone or mailbox, as in `OtpRecord`. */
  to: string;
  answer: string;
  /** It entered the network. */
  sent: boolean;
  arrivedAt: number | undefined;
  /** The raw statuses of receipts whose webhook was answered 2xx. */
  receiptsTaken: readonly string[];
}
