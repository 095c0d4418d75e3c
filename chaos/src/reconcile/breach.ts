/** How a promise can be broken, in the order in which it hurts. */
export const BREACHES = {
  approvedTwice: 'more than one approval of one verification',
  wrongApproved: 'a wrong code was approved',
  lost: 'accepted, and no provider ever had it',
  unreached: 'accepted and handed to a provider, and it never arrived',
  stuck: 'accepted, and never ended',
  resurrected: 'ended, and lived again',
  duplicated: 'more messages than one for a send, and nothing says that this was possible',
  second: 'a message beyond the verification that its platform was told of',
  multiplied: 'more than one possible duplicate for a send',
  sentLate: 'handed to a provider after its life',
  missingEvent: 'something happened of which Kafka has no event',
  deadLetter: 'a record in a dead-letter topic, though faults of the infrastructure never go there',
  misjudged: 'a right code within its life was not approved',
  untold: 'approved, and nobody was told so',
  saidUnknown: 'an accepted one was answered 404',
  refused: 'a start was refused for good',
  gaveUp: 'a client that went on trying was never served',
} as const;
type BreachKind = keyof typeof BREACHES;

export interface Breach {
  kind: BreachKind;
  /** The verification's id, or the number of the person where it has none. */
  id: string;
  detail: string;
  /**
   * It is what the promises except: Redis' data was lost, and at that moment nobody else knew; or an engine was away for
   * longer than the code lived; or every provider refused it, or swallowed it; or a start that was answered 503 has sent.
   */
  excused: boolean;
}

/** Messages beyond one for each send. */
export interface Duplicates {
  /** The event of an attempt that went out before says that it was possible: its result was unknown, or it was taken over. */
  doubtful: number;
  /** One before Redis lost its data, of which Kafka had no word by then, and one after: the product counts them, not by id. */
  recovered: number;
  uncounted: number;
  /** The most of one send. */
  perSendMax: number;
}

export interface Figures {
  asked: number;
  accepted: number;
  reached: number;
  approved: number;
  /** Submissions that entered a network, beyond one for each send. */
  duplicates: Duplicates;
  /** Attempts whose result nobody knows, and those taken over from a worker that vanished. */
  unknowns: number;
  /** Sends of records that a recovery of Redis' data had touched, as the product counts them. */
  recoveredSends: number;
  /** Ended as. */
  outcomes: Record<string, number>;
  /** Live and within their life when the run was read. */
  open: number;
  /** Tries of calls that failed and were made again, by what they met. */
  faults: Record<string, number>;
}

export interface Reconciliation {
  figures: Figures;
  breaches: Breach[];
}

/** Takes one breach of the verification that is being looked at. */
export type Report = (kind: BreachKind, detail: string, excused?: boolean) => void;
