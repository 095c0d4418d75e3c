import { BaseError, REQUEST_TOPIC, createVerificationId } from '@watchword/contracts';
import type { Verification } from '@watchword/verification';
import { expect, it, vi } from 'vitest';
import { resumeStart, type StartDeps } from './start-verification.ts';

const id = createVerificationId({ region: 'a', bucket: 7 });
const request = { tenant: 'demo', purpose: 'login', workflow: [{ channel: 'sms' }], recipients: [] };
const live = {
  id,
  status: 'pending',
  purpose: 'login',
  channel: 'sms',
  step: 0,
  steps: 1,
  createdAt: 1_000,
  expiresAt: 601_000,
  stepDeadline: 0,
  nextResendAt: 0,
  checksMax: 5,
  checksUsed: 0,
  request: JSON.stringify(request),
} as unknown as Verification;

function depsFor(state: Partial<Verification>, publish: StartDeps['state']['publish']) {
  const abandon = vi.fn<() => Promise<{ outcome: string }>>(async () => Promise.resolve({ outcome: 'kept' }));
  const store = { read: async () => Promise.resolve({ now: 2_000, verification: { ...live, ...state } }), abandon };
  const deps = { state: { store, publish }, onStart: () => undefined } as unknown as StartDeps;
  return { deps, abandon };
}
const away = new BaseError('OTP_BUS_UNAVAILABLE', 'away', { retry: true });

it('one that its deadline has started is published before its 202: no topic may have it', async () => {
  const publish = vi.fn<StartDeps['state']['publish']>(async () => Promise.resolve());
  const { deps } = depsFor({ status: 'pending' }, publish);
  expect(await resumeStart(deps, id)).toMatchObject({ status: 202 });
  expect(publish.mock.calls.map(([event]) => [event.topic, event.key])).toEqual([[REQUEST_TOPIC, id]]);
});

it.each(['admitted', 'pending'] as const)(
  'there is no 202 while Kafka does not take it, and one that is %s is not taken back: its first try may have told 202',
  async (status) => {
    const { deps, abandon } = depsFor({ status }, async () => Promise.reject(away));
    expect(await resumeStart(deps, id)).toMatchObject({ status: 'problem', problem: { status: 503 } });
    expect(abandon).not.toHaveBeenCalled();
  },
);

it('one that its bucket may have lost is not begun anew before all of it is read', async () => {
  const { deps } = depsFor({}, async () => Promise.resolve());
  let waitsFor: 'reading' | 'settling' = 'reading';
  deps.state.store.read = async () => Promise.resolve({ now: 2_000, verification: undefined, waitsFor });
  expect(await resumeStart(deps, id)).toMatchObject({ status: 'problem', problem: { code: 'being_restored' } });
  waitsFor = 'settling';
  expect(await resumeStart(deps, id)).toBeUndefined();
});

it('one that has ended needs nobody to start it', async () => {
  const publish = vi.fn<StartDeps['state']['publish']>(async () => Promise.resolve());
  const { deps } = depsFor({ status: 'approved', request: undefined }, publish);
  expect(await resumeStart(deps, id)).toMatchObject({ status: 202 });
  expect(publish).not.toHaveBeenCalled();
});
