import { type Instance, ROLES } from '@watchword/stage';
import type { Harm, Scenario } from './scenario.ts';

const SHIFT_MS = 5 * 60_000;
/** How long each process lives with its wrong clock, under load. */
const WRONG_MS = 6_000;
const PRELOAD = new URL('shift-clock.mjs', import.meta.url).href;

/** One process of each role in turn: ahead, then behind. Its neighbour, Redis and the vendors have the right time. */
async function shiftClocks(harm: Harm): Promise<void> {
  harm.down();
  for (const [turn, role] of ROLES.entries()) {
    const [instance] = harm.stage.services.instances(role);
    const shiftMs = turn % 2 === 0 ? SHIFT_MS : -SHIFT_MS;
    harm.tell(`the clock of ${instance!.name} is ${shiftMs / 60_000} min off`);
    await restartWith(harm, instance!, { NODE_OPTIONS: `--import=${PRELOAD}`, CLOCK_SHIFT_MS: String(shiftMs) });
    await harm.sleep(WRONG_MS);
    await restartWith(harm, instance!, {});
  }
  harm.back();
}

async function restartWith(harm: Harm, instance: Instance, env: Record<string, string>): Promise<void> {
  instance.setEnv(env);
  await instance.restart();
  await harm.stage.services.untilReady([instance]);
}

export const CLOCK_OFF: Scenario = {
  name: 'clock-off',
  what: 'the clock of one process 5 minutes off, each role in turn, ahead and behind',
  shows: 'what decides is Redis’ own clock: lives, leases and deadlines do not follow a process',
  counts: { ingest: 2, verify: 2, dispatcher: 2, delivery: 2, 'quality-monitor': 1 },
  play: shiftClocks,
};
