import { createApiClient } from './api-client.ts';
import type { PersonDeps } from './live-person.ts';
import { channelMix, type Crowd } from './plan-person.ts';
import { createRandom } from './random.ts';
import type { OtpRecord } from './record.ts';
import { runLoad } from './run-load.ts';
import { watchInbox } from './watch-inbox.ts';
import { percentile, type Stage } from '@watchword/stage';

/** Starts per second, one step after the other, until one is too much. */
const STEPS = [50, 100, 150, 200, 300, 400, 600];
/** Before the first one: what was just started has yet to be compiled. */
const WARM_UP_RATE = 25;
const STEP_SECONDS = 4;
/** Slower than this, at one in twenty, is more than the product bears. */
const SLOW_MS = 2_500;
/** Of load groups, the one that no scenario uses. */
const GROUP = 89;

export interface MeasuredRate {
  /** OTPs per second that went through in normal time. */
  perSecond: number;
  /** They count like all others when the run is reconciled. */
  otps: OtpRecord[];
}

/** The rate that the product reaches on this machine just now: a short ramp, up to the first step that it does not bear. */
export async function measureRate(stage: Stage, seed: number, tell: (line: string) => void): Promise<MeasuredRate> {
  const signal = new AbortController().signal;
  let broken: Error | undefined;
  const inbox = await watchInbox(stage.simulator.url, (error) => (broken = error));
  const deps: PersonDeps = {
    call: createApiClient({ apiKey: stage.home.apiKey, random: createRandom(seed, 'ramp'), signal }),
    instances: (role) => stage.services.urls(role),
    inbox,
    patienceMs: 20_000,
  };
  const otps: OtpRecord[] = [];
  let perSecond = 0;
  try {
    for (const [step, rate] of [WARM_UP_RATE, ...STEPS].entries()) {
      const crowd: Crowd = {
        seed: seed + step,
        group: GROUP - step,
        channels: channelMix(stage.channels),
        habits: { right: 1 },
        lifeSeconds: 60,
        idleLifeSeconds: 60,
      };
      const begunAt = performance.now();
      const through = await runLoad(deps, { crowd, otps: rate * STEP_SECONDS, rate }, { signal });
      if (broken) throw broken;
      otps.push(...through);
      const slow = percentile(through.map(journeyMs), 0.95);
      const offered = (rate * STEP_SECONDS) / ((performance.now() - begunAt) / 1000);
      if (step === 0) continue;
      tell(`ramp: ${rate}/s, 95 of 100 within ${Math.round(slow)} ms`);
      if (slow > SLOW_MS || offered < rate / 2) break;
      perSecond = rate;
    }
  } finally {
    inbox.stop();
  }
  return { perSecond, otps };
}

function journeyMs({ askedAt, messages: [first] }: OtpRecord): number {
  return first === undefined ? Number.POSITIVE_INFINITY : first.at - askedAt;
}
