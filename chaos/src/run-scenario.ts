import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineFiles } from '@watchword/testkit';
import { measureRate } from './load/measure-rate.ts';
import { watchOwnLag } from './load/watch-own-lag.ts';
import { playScenario } from './play-scenario.ts';
import type { History } from './reconcile/history.ts';
import { measureRecovery } from './reconcile/measure-recovery.ts';
import { readHistory, untilQuiet } from './reconcile/read-history.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { RECOVERY_SECONDS_MAX, verdictOf, type Result } from './report/result.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { openStage } from '@watchword/stage';

/** Of what is reached. */
const RATE_SHARE = 0.5;
/** Starts per second that are worth a verdict: less would hide what only a load shows. */
const RATE_LEAST = 50;
const CHANNELS = ['sms', 'voice', 'email'] as const;

export interface RunOptions {
  files: EngineFiles;
  /** Where stages have their folders. */
  dataDir: string;
  otps: number;
  /** Starts per second; undefined: half of what a ramp reaches. */
  rate: number | undefined;
  seed: number;
  tell: (line: string) => void;
}

/** One scenario on a stage of its own, from the first process to the verdict. */
export async function runScenario(
  scenario: Scenario,
  options: RunOptions,
): Promise<{ result: Result; history: History }> {
  const { seed, tell } = options;
  const playedAt = new Date().toISOString();
  const stage = await openStage({
    files: options.files,
    dataDir: options.dataDir,
    seed,
    engines: scenario.engines ?? 'single',
    channels: scenario.channels ?? CHANNELS,
    counts: scenario.counts ?? {},
  });
  let keep = true;
  const lag = watchOwnLag();
  try {
    const ramp = options.rate === undefined ? await measureRate(stage, seed, tell) : undefined;
    const least = scenario.rateLeast ?? RATE_LEAST;
    const wanted = options.rate ?? Math.max(least, Math.floor(ramp!.perSecond * RATE_SHARE));
    const rate = Math.min(wanted, scenario.rateMax ?? wanted);
    if (ramp) tell(`reaches ${ramp.perSecond} OTPs a second; the load is ${rate} a second`);
    const played = await playScenario(stage, scenario, { otps: options.otps, rate, seed, group: 0, tell });
    const toolLagMs = lag.worstMs();
    tell(`${played.otps.length} OTPs were asked for; waiting until all have ended`);
    const otps = [...(ramp?.otps ?? []), ...played.otps];
    await untilQuiet(stage, otps);
    const unready = await stage.services.unready();
    const history = await readHistory(stage, otps, played);
    const { figures, breaches } = reconcile(history);
    const secondsMax = scenario.recoverySecondsMax ?? RECOVERY_SECONDS_MAX;
    const result: Result = {
      scenario: scenario.name,
      playedAt,
      seed,
      rate,
      reachedRate: ramp?.perSecond ?? null,
      figures,
      recovery: { ...measureRecovery(played.otps, played.harm), secondsMax },
      processes: stage.services.figures(),
      unready,
      breaches,
      ownBreaches: played.ownBreaches,
      notes: played.notes,
      toolLagMs,
    };
    keep = verdictOf(result).length > 0;
    if (keep) {
      writeFileSync(join(stage.dir, 'history.json'), JSON.stringify(history, withoutCodes));
      tell(`the logs of every process stay in ${stage.dir}, with all that was seen`);
    }
    return { result, history };
  } finally {
    lag.stop();
    await stage.close(keep);
  }
}

/** Codes are nobody's business, not even in a file of a test. */
function withoutCodes(key: string, value: unknown): unknown {
  return key === 'code' && typeof value === 'string' ? undefined : value;
}
