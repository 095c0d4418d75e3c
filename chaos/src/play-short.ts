import { join } from 'node:path';
import type { EngineFiles } from '@watchword/testkit';
import type { Crowd } from './load/plan-person.ts';
import { playScenario, type Played } from './play-scenario.ts';
import type { History } from './reconcile/history.ts';
import { measureRecovery, type Recovery } from './reconcile/measure-recovery.ts';
import { readHistory, untilQuiet } from './reconcile/read-history.ts';
import { reconcile } from './reconcile/reconcile.ts';
import type { Reconciliation } from './reconcile/breach.ts';
import { SHORT } from './scenarios/all.ts';
import { type InstanceFigures, openStage } from '@watchword/stage';

/** OTPs of each of the five, at least: 200 in all. A load goes on while its harm does. */
const OTPS_EACH = 40;
/** A machine that runs other tests beside it bears this. */
const RATE = 15;
const AFTERWARDS_MS = 2_000;
/** The shortest life there is. */
const IDLE_LIFE_SECONDS = 30;

/** Nobody drinks coffee here; and whoever never types does so early, since all wait for the end of that life. */
const EARLY: Crowd['habits'] = { right: 60, wrongFirst: 15, twice: 10, parallel: 10, never: 5 };
const LATER: Crowd['habits'] = { ...EARLY, never: 0 };
const EARLY_SCENARIOS = 2;

export interface ShortResult extends Reconciliation {
  recoveries: { scenario: string; recovery: Recovery }[];
  ownBreaches: string[];
  processes: InstanceFigures;
  /** Processes that were not ready at the end. */
  unready: string[];
  history: History;
}

/** The five worst, one after the other on one stage, with SMS alone; everything is reconciled together. */
export async function playShort(options: {
  files: EngineFiles;
  dataDir: string;
  seed: number;
  tell: (line: string) => void;
}): Promise<ShortResult> {
  const { files, seed, tell } = options;
  const dataDir = join(options.dataDir, 'short');
  const stage = await openStage({ files, dataDir, seed, engines: 'single', channels: ['sms'], counts: {} });
  try {
    const plays: { scenario: string; played: Played }[] = [];
    for (const [group, scenario] of SHORT.entries()) {
      tell(scenario.name);
      const people = { habits: group < EARLY_SCENARIOS ? EARLY : LATER, idleLifeSeconds: IDLE_LIFE_SECONDS };
      const load = { otps: OTPS_EACH, rate: RATE, seed, group, afterwardsMs: AFTERWARDS_MS };
      plays.push({ scenario: scenario.name, played: await playScenario(stage, scenario, { ...load, people, tell }) });
    }
    const all = plays.map(({ played }) => played);
    const otps = all.flatMap((played) => played.otps);
    await untilQuiet(stage, otps);
    const unready = await stage.services.unready();
    const lossesAt = all.flatMap((played) => played.lossesAt);
    const outages = all.flatMap((played) => played.outages);
    const history = await readHistory(stage, otps, { lossesAt, outages });
    return {
      ...reconcile(history),
      recoveries: plays.map(({ scenario, played }) => ({
        scenario,
        recovery: measureRecovery(played.otps, played.harm),
      })),
      ownBreaches: all.flatMap((played) => played.ownBreaches),
      processes: stage.services.figures(),
      unready,
      history,
    };
  } finally {
    await stage.close(false);
  }
}
