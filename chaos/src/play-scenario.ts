import { setTimeout as sleep } from 'node:timers/promises';
import { createApiClient } from './load/api-client.ts';
import { between, createRandom } from './load/random.ts';
import type { OtpRecord } from './load/record.ts';
import { runLoad } from './load/run-load.ts';
import { HABITS, channelMix, type Crowd } from './load/plan-person.ts';
import { watchInbox } from './load/watch-inbox.ts';
import type { Harm, Scenario } from './scenarios/scenario.ts';
import type { Stage } from '@watchword/stage';

/** The quiet before the harm: what is normal is measured in it. */
const QUIET_SHARE = { least: 0.2, most: 0.4 };
/** After everything is back the load goes on for so long, to see when OTPs go through again. */
const AFTERWARDS_MS = 15_000;
/** Lives and patience beyond the time that something is away: bookkeeping, leases, restarts. */
const BEYOND_MS = 60_000;
const IDLE_LIFE_SECONDS = 40;

export interface Playing {
  otps: number;
  rate: number;
  seed: number;
  /** Keeps the people of several plays on one stage apart. */
  group: number;
  /** Default 15 s. */
  afterwardsMs?: number;
  /** Others than the usual people. */
  people?: Partial<Pick<Crowd, 'habits' | 'idleLifeSeconds'>>;
  tell: (line: string) => void;
}

export interface Played {
  otps: OtpRecord[];
  harm: { from: number; until: number };
  lossesAt: number[];
  /** When an engine was away. */
  outages: { from: number; until: number }[];
  /** Promises of the scenario's own that were broken. */
  ownBreaches: string[];
  notes: string[];
}

/** Loads the stage, hurts it in the middle, and lets everybody finish. */
export async function playScenario(stage: Stage, scenario: Scenario, playing: Playing): Promise<Played> {
  const { otps, rate, seed, tell } = playing;
  const stopping = new AbortController();
  const inbox = await watchInbox(stage.simulator.url, (error) => stopping.abort(error));
  const random = createRandom(seed, scenario.name);
  const client = createApiClient({
    apiKey: stage.home.apiKey,
    random: createRandom(seed, 'client'),
    signal: stopping.signal,
  });
  const awayMs = scenario.awayMs ?? 0;
  const deps = {
    call: client,
    instances: (role: 'ingest' | 'verify') => stage.services.urls(role),
    inbox,
    patienceMs: awayMs + BEYOND_MS,
  };
  const played: Played = {
    otps: [],
    harm: { from: 0, until: 0 },
    lossesAt: [],
    outages: [],
    ownBreaches: [],
    notes: [],
  };
  let over = false;
  const harmAt = Math.max(1, Math.floor(otps * between(random, QUIET_SHARE.least, QUIET_SHARE.most)));
  const harmed = Promise.withResolvers<void>();
  const hurt = async (): Promise<void> => {
    await scenario.play(createHarm(stage, random, played, tell));
    if (played.harm.until === 0) throw new Error(`${scenario.name} never says that everything is back`);
    await sleep(playing.afterwardsMs ?? AFTERWARDS_MS);
    over = true;
  };
  try {
    const loading = runLoad(
      deps,
      { crowd: crowdOf(stage, scenario, playing), otps, rate },
      {
        wantsMore: () => !over,
        onStarted: (started) => {
          if (started === harmAt) harmed.resolve(hurt());
        },
        signal: stopping.signal,
      },
    );
    // whichever fails first ends both
    harmed.promise.catch((error: unknown) => stopping.abort(error));
    played.otps = await loading;
    stopping.signal.throwIfAborted();
    await harmed.promise;
    const judged = scenario.judge?.(played.otps, played.harm);
    played.notes.push(...(judged?.notes ?? []));
    played.ownBreaches.push(...(judged?.breaches ?? []));
    return played;
  } finally {
    inbox.stop();
  }
}

function crowdOf(stage: Stage, scenario: Scenario, { seed, group, people }: Playing): Crowd {
  const awaySeconds = (scenario.awayMs ?? 0) / 1000;
  return {
    seed,
    group,
    channels: channelMix(stage.channels),
    habits: HABITS,
    lifeSeconds: awaySeconds + BEYOND_MS / 1000,
    idleLifeSeconds: awaySeconds + IDLE_LIFE_SECONDS,
    secondStepAfter: scenario.secondStepAfter,
    ...people,
  };
}

function createHarm(stage: Stage, random: () => number, played: Played, tell: (line: string) => void): Harm {
  return {
    stage,
    random,
    tell,
    down: () => {
      played.harm.from ||= Date.now();
    },
    back: () => {
      played.harm.until = Date.now();
    },
    outage: async (during) => {
      const from = Date.now();
      await during();
      played.outages.push({ from, until: Date.now() });
    },
    lost: () => void played.lossesAt.push(Date.now()),
    note: (what) => void played.notes.push(what),
    breach: (what) => void played.ownBreaches.push(what),
    sleep: async (ms) => sleep(ms),
  };
}
