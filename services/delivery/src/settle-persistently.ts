import { setTimeout as sleep } from 'node:timers/promises';
import { BaseError } from '@watchword/contracts';
import type { SettleInput, VerificationStore } from '@watchword/verification';

/**
 * A result that is known must not be lost to a hiccup of Redis: an attempt without a settle is taken over after 15 s as
 * unknown, and counts as a possible duplicate. Repeats of a settle change nothing. Every second, so that a Redis that is back
 * has it before the dispatcher has to guess; 10 s in all.
 */
const WAITS_MS = [100, 300, 600, ...Array<number>(9).fill(1_000)];

export async function settlePersistently(
  store: VerificationStore,
  input: SettleInput,
): ReturnType<VerificationStore['settle']> {
  for (const waitMs of WAITS_MS) {
    try {
      return await store.settle(input);
    } catch (error) {
      if (!(error instanceof BaseError && error.retry)) throw error;
      await sleep(waitMs);
    }
  }
  return store.settle(input);
}
