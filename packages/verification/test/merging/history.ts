import {
  ATTEMPT_TOPIC,
  CHECK_TOPIC,
  OUTCOME_TOPIC,
  parseAttemptId,
  receiptRank,
  type ReceiptStatus,
} from '@watchword/contracts';
import type { AttemptEvent, CheckEvent, OutcomeEvent, RequestEvent } from '@watchword/contracts';
import * as fc from 'fast-check';
import { composeRequest, type AttemptResult } from '../../src/index.ts';
import { VOICE, SMS, type Fixture } from '../fixture.ts';

const DAY_MS = 86_400_000;

/** What happens to a verification, one after the other. */
export type Happening =
  | { what: 'attempt'; result: AttemptResult; another: boolean; lost: boolean }
  | { what: 'takeOver' | 'revise' | 'resend' | 'next' | 'wrong' | 'right' | 'cancel' | 'look' }
  | { what: 'receipt'; back: number; status: ReceiptStatus };

const results = fc.constantFrom<AttemptResult>(
  { state: 'accepted' },
  { state: 'accepted' },
  { state: 'rejected', error: 'throttled' },
  { state: 'rejected', error: 'invalid_number' },
  { state: 'unknown', error: 'timeout' },
);

export const happenings: fc.Arbitrary<Happening[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        what: fc.constant('attempt' as const),
        result: results,
        another: fc.boolean(),
        lost: fc.nat(5).map((n) => n === 0),
      }),
    },
    { weight: 3, arbitrary: fc.constantFrom<Happening>({ what: 'takeOver' }, { what: 'revise' }) },
    { weight: 6, arbitrary: fc.constantFrom<Happening>({ what: 'resend' }, { what: 'resend' }, { what: 'next' }) },
    { weight: 4, arbitrary: fc.constant<Happening>({ what: 'wrong' }) },
    { weight: 1, arbitrary: fc.constantFrom<Happening>({ what: 'right' }, { what: 'cancel' }) },
    { weight: 2, arbitrary: fc.constant<Happening>({ what: 'look' }) },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant('receipt' as const),
        back: fc.nat(2),
        status: fc.constantFrom<ReceiptStatus>('sent', 'delivered', 'undelivered'),
      }),
    },
  ),
  { minLength: 4, maxLength: 24, size: 'max' },
);

/** One event of a verification, to be merged. */
export type KnownEvent =
  | { kind: 'request'; data: RequestEvent }
  | { kind: 'attempt'; data: AttemptEvent }
  | { kind: 'check'; data: CheckEvent }
  | { kind: 'outcome'; data: OutcomeEvent }
  | { kind: 'receipt'; k: number; status: ReceiptStatus };

/** A verification that things happen to, with all that becomes known of it. */
export async function createLife(fixture: Fixture, recipient: string) {
  const { store } = fixture;
  const input = await fixture.start({ recipient, checksMax: 4, workflow: [SMS, VOICE, SMS] });
  const { id } = input;
  const receipts: KnownEvent[] = [];
  /** Workers that were slow: what settles them. */
  const slow: (() => Promise<unknown>)[] = [];
  const first = await fixture.state(id);
  let tags = 0;

  async function attempt({ result, another, lost }: Extract<Happening, { what: 'attempt' }>): Promise<void> {
    const { sendState, attempts } = await fixture.state(id);
    if (sendState !== 'open' || attempts.some(({ state }) => state === 'submitting')) return;
    const claimed = await fixture.claim(id, `p1.${recipient}.${tags++}`, 'one', `b|*${'|north!b'.repeat(tags)}`);
    if (lost) slow.push(async () => claimed.settle({ state: 'accepted' }));
    else await claimed.settle(result, another);
  }

  async function happen(happening: Happening): Promise<void> {
    const state = await fixture.state(id);
    const live = state.status === 'pending';
    switch (happening.what) {
      case 'attempt':
        return attempt(happening);
      case 'takeOver': {
        const k = state.attempts.findIndex((each) => each.state === 'submitting') + 1;
        if (k > 0) await store.takeOver(state, k);
        return;
      }
      case 'revise':
        await slow.shift()?.();
        return;
      case 'resend':
      case 'next':
        await store[happening.what](id, 'shop', input.request.recipients[0]!.limit_key, undefined);
        await fixture.move(id, 'deadline');
        return;
      case 'look':
        await fixture.move(id, 'deadline');
        return;
      case 'wrong':
        await fixture.check(id, 'p1.wrong');
        return;
      case 'right':
        if (live) await fixture.check(id, Object.values(state.tags).at(-1) ?? 'p1.none');
        return;
      case 'cancel':
        await store.cancel(id, 'shop');
        return;
      case 'receipt': {
        const k = state.attempts.length - happening.back;
        // before its settle no recovery could know what it is for
        if (k < 1 || state.attempts[k - 1]!.state === 'submitting') return;
        await store.foldReceipt(id, k, happening.status, undefined);
        receipts.push({ kind: 'receipt', k, status: happening.status });
      }
    }
  }

  async function known(): Promise<KnownEvent[]> {
    const all = (await fixture.events()).filter(({ key }) => key === id);
    const shipped = all.flatMap(({ topic, data }): KnownEvent[] => {
      if (topic === ATTEMPT_TOPIC) return [{ kind: 'attempt', data: data as AttemptEvent }];
      if (topic === CHECK_TOPIC) return [{ kind: 'check', data: data as CheckEvent }];
      return topic === OUTCOME_TOPIC ? [{ kind: 'outcome', data: data as OutcomeEvent }] : [];
    });
    const request = composeRequest(id, input.request, first.createdAt, first.expiresAt);
    return [{ kind: 'request', data: request }, ...shipped, ...receipts];
  }

  return { id, input, happen, known };
}

/** The best of the receipts that are known of an attempt. */
export function bestReceipt(events: readonly KnownEvent[], k: number): ReceiptStatus | '' {
  const all = events.flatMap((each) => (each.kind === 'receipt' && each.k === k ? [each.status] : []));
  return all.sort((a, b) => receiptRank(b) - receiptRank(a))[0] ?? '';
}

/** Whether an event tells why attempt k went where it did: that of a takeover does not. */
export function tellsDecision(events: readonly KnownEvent[], k: number): boolean {
  return events.some(
    (each) =>
      each.kind === 'attempt' && each.data.decision !== undefined && parseAttemptId(each.data.attempt_id)?.k === k,
  );
}

export async function mergeEvent({ store }: Fixture, id: string, event: KnownEvent): Promise<string> {
  switch (event.kind) {
    case 'request':
      return store.restoreRequest(event.data, DAY_MS);
    case 'attempt':
      return store.restoreAttempt(event.data, DAY_MS, event.data.decision?.rule);
    case 'check':
      return (await store.restoreCheck(event.data)).outcome;
    case 'outcome':
      return store.restoreOutcome(event.data);
    case 'receipt':
      return (await store.foldReceipt(id, event.k, event.status, undefined)).outcome;
  }
}
