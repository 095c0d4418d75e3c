/**
 * How a try tells BullMQ to run the job again: it is thrown, and `backoffStrategy` reads the delay from it. BullMQ stores the
 * message with the job, so it is one fixed word and never what a failure said.
 */
export class RetryLater extends Error {
  readonly delayMs: number;

  constructor(delayMs: number) {
    super('retry');
    this.name = 'RetryLater';
    this.delayMs = delayMs;
  }
}
