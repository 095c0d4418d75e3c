import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Submission, SubmitResult, Submitter } from './port.ts';

/**
 * What every adapter promises, as a list of cases that any test runner can run against any peer that speaks the
 * vendor's protocol: `it.each(adapterConformance(harness))('$promise', ({ run }) => run())`.
 */
export interface ConformanceCase {
  promise: string;
  run: () => Promise<void>;
}

/** How the peer treats the next submissions, until told otherwise. */
export type PeerMode =
  /** takes the message and says so */
  | 'accepts'
  /** an internal error that took nothing: HTTP 500, SMTP 451 */
  | 'fails'
  /** takes the whole message and never answers */
  | 'hangs'
  /** a success that proves nothing: HTTP 200 with HTML, a reply that is no SMTP reply */
  | 'answers-garbage'
  /** too many: HTTP 429 with Retry-After, SMTP 4.7.x */
  | 'throttles'
  /** there is no such number or mailbox */
  | 'refuses-recipient'
  /** takes the whole message and cuts the connection */
  | 'resets';

export interface ConformanceHarness {
  /** To the peer; the case closes it. */
  createSubmitter(): Submitter;
  /** With an address where nobody listens. */
  createSubmitterToNowhere(): Submitter;
  /** A fresh submission. Where the peer knows bad recipients by their number, the mode says which is wanted. */
  submission(mode: PeerMode): Submission;
  /** The secret in the submission's content: it must reach the peer, and no result. */
  code: string;
  peer: {
    nextBehaves(mode: PeerMode): Promise<void> | void;
    /** How many submissions arrived since `nextBehaves`. */
    arrived(): Promise<number> | number;
    /** The last of them, as received. Absent where the peer cannot show it. */
    lastRequest?(): string | undefined;
  };
  /** What the throttled peer says, where its protocol can say how long. */
  throttleMs?: number;
  /** What this peer cannot play: those cases are left out. */
  lacks?: readonly PeerMode[];
}

const PATIENCE_MS = 400;
const DEADLINE_MS = 3_000;

export function adapterConformance(harness: ConformanceHarness): ConformanceCase[] {
  const can = (mode: PeerMode) => !harness.lacks?.includes(mode);
  const always: ConformanceCase[] = [
    { promise: 'a refused connection is rejected: certainly not sent', run: () => refusedConnection(harness) },
    { promise: 'a call that is aborted before it starts sends nothing', run: () => abortedBefore(harness) },
    { promise: 'content of another channel is rejected as content', run: () => otherChannel(harness) },
  ];
  const byMode: (ConformanceCase & { mode: PeerMode })[] = [
    { mode: 'accepts', promise: 'an accepted message has an id, and arrived once', run: () => accepted(harness) },
    { mode: 'fails', promise: 'an internal error is rejected, worth a retry, sent once', run: () => failed(harness) },
    { mode: 'hangs', promise: 'silence is unknown by the time the signal aborts', run: () => silence(harness) },
    { mode: 'hangs', promise: 'an abort after the message is unknown', run: () => abortedMidway(harness) },
    { mode: 'answers-garbage', promise: 'a success without an id is unknown', run: () => garbage(harness) },
    { mode: 'throttles', promise: 'throttling is rejected and says for how long', run: () => throttled(harness) },
    { mode: 'refuses-recipient', promise: 'an invalid recipient is final', run: () => invalidRecipient(harness) },
    { mode: 'resets', promise: 'a connection lost after the message is unknown', run: () => reset(harness) },
  ];
  return [...byMode.filter(({ mode }) => can(mode)), ...always];
}

async function accepted(harness: ConformanceHarness): Promise<void> {
  const { result, submission, arrived } = await play(harness, 'accepts');
  assert.equal(result.outcome, 'accepted');
  assert.ok(result.outcome === 'accepted' && result.providerMessageId.length > 0);
  assert.equal(arrived, 1, 'exactly one submission arrived');
  if (!harness.peer.lastRequest) return;
  const request = harness.peer.lastRequest() ?? '';
  assert.ok(request.includes(harness.code), 'the code is in what arrived');
  assert.ok(request.includes(submission.attemptId), 'our attempt id travels with it');
}

async function failed(harness: ConformanceHarness): Promise<void> {
  const { result, arrived } = await play(harness, 'fails');
  assert.equal(result.outcome, 'rejected');
  assert.equal(result.outcome === 'rejected' && result.retry, true);
  assert.equal(arrived, 1, 'an adapter never retries');
}

async function silence(harness: ConformanceHarness): Promise<void> {
  const startedAt = performance.now();
  const { result, arrived } = await play(harness, 'hangs', AbortSignal.timeout(PATIENCE_MS));
  assert.equal(result.outcome, 'unknown');
  assert.equal(result.outcome === 'unknown' && result.error, 'timeout');
  assert.ok(performance.now() - startedAt < PATIENCE_MS + 1_000, 'the answer comes with the abort');
  assert.equal(arrived, 1, 'an adapter never retries');
}

async function garbage(harness: ConformanceHarness): Promise<void> {
  const { result } = await play(harness, 'answers-garbage');
  assert.equal(result.outcome, 'unknown');
}

async function throttled(harness: ConformanceHarness): Promise<void> {
  const { result } = await play(harness, 'throttles');
  assert.equal(result.outcome, 'rejected');
  assert.ok(result.outcome === 'rejected' && result.error === 'throttled' && result.retry);
  assert.equal(result.retryAfterMs, harness.throttleMs);
}

async function invalidRecipient(harness: ConformanceHarness): Promise<void> {
  const { result } = await play(harness, 'refuses-recipient');
  assert.equal(result.outcome, 'rejected');
  assert.ok(result.outcome === 'rejected' && result.error === 'invalid_number' && !result.retry);
}

async function reset(harness: ConformanceHarness): Promise<void> {
  const { result, arrived } = await play(harness, 'resets');
  assert.equal(result.outcome, 'unknown');
  assert.equal(arrived, 1, 'an adapter never retries');
}

async function abortedMidway(harness: ConformanceHarness): Promise<void> {
  await harness.peer.nextBehaves('hangs');
  const controller = new AbortController();
  await withSubmitter(harness.createSubmitter(), async (submitter) => {
    const submission = harness.submission('hangs');
    const submitting = submitter.submit(submission, controller.signal);
    await until(async () => (await harness.peer.arrived()) > 0);
    controller.abort();
    const result = await submitting;
    assert.equal(result.outcome, 'unknown');
    assertSafe(harness, submission, result);
  });
}

async function refusedConnection(harness: ConformanceHarness): Promise<void> {
  await withSubmitter(harness.createSubmitterToNowhere(), async (submitter) => {
    const submission = harness.submission('accepts');
    const result = await submitter.submit(submission, AbortSignal.timeout(DEADLINE_MS));
    assert.equal(result.outcome, 'rejected');
    assert.equal(result.outcome === 'rejected' && result.retry, true);
    assertSafe(harness, submission, result);
  });
}

async function abortedBefore(harness: ConformanceHarness): Promise<void> {
  const { result, arrived } = await play(harness, 'accepts', AbortSignal.abort());
  assert.equal(result.outcome, 'rejected');
  assert.equal(arrived, 0);
}

async function otherChannel(harness: ConformanceHarness): Promise<void> {
  await withSubmitter(harness.createSubmitter(), async (submitter) => {
    const submission: Submission = {
      ...harness.submission('accepts'),
      content:
        submitter.channel === 'sms'
          ? { channel: 'voice', language: 'en-US', ssml: '<speak>1</speak>' }
          : { channel: 'sms', text: '1' },
    };
    const result = await submitter.submit(submission, AbortSignal.timeout(DEADLINE_MS));
    assert.deepEqual(result, { outcome: 'rejected', error: 'content', retry: false });
  });
}

/** One submission to a peer in a mode; checks on the way that the result betrays nothing. */
async function play(harness: ConformanceHarness, mode: PeerMode, signal = AbortSignal.timeout(DEADLINE_MS)) {
  await harness.peer.nextBehaves(mode);
  return withSubmitter(harness.createSubmitter(), async (submitter) => {
    const submission = harness.submission(mode);
    const result = await submitter.submit(submission, signal);
    assertSafe(harness, submission, result);
    return { result, submission, arrived: await harness.peer.arrived() };
  });
}

function assertSafe(harness: ConformanceHarness, submission: Submission, result: SubmitResult): void {
  const text = JSON.stringify(result);
  const address = submission.to.replace(/^\+/, '');
  assert.ok(!text.includes(address), 'no address in a result');
  const withoutId = result.outcome === 'accepted' ? { ...result, providerMessageId: '' } : result;
  assert.ok(!JSON.stringify(withoutId).includes(harness.code), 'no code in a result');
}

async function withSubmitter<T>(submitter: Submitter, work: (submitter: Submitter) => Promise<T>): Promise<T> {
  try {
    return await work(submitter);
  } finally {
    await submitter.close();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'the message did not reach the peer in time');
    await sleep(10);
  }
}
