import { between, shuffle } from '../load/random.ts';
import { ROLES } from '@watchword/stage';
import { recoveryAfter, type Harm, type Scenario } from './scenario.ts';

/** Between one kill and the next: the one before is back by then, or it is not; both happen. */
const NEXT_KILL_MS = { least: 500, most: 4_000 };

/** Fourteen processes, of which one is always cold: at 50 a second two cores have nothing left, and the simulator lets calls time out. */
const TWO_OF_EACH_RATE = 25;

/** Until seven processes that start at the same moment on two cores are ready; nobody is served meanwhile (decision 12). */
const ALL_COLD_MS = 10_000;

async function killEach(harm: Harm): Promise<void> {
  const { stage, random } = harm;
  harm.down();
  for (const instance of shuffle(random, stage.services.instances())) {
    harm.tell(`SIGKILL ${instance.name}`);
    instance.kill();
    await harm.sleep(between(random, NEXT_KILL_MS.least, NEXT_KILL_MS.most));
  }
  await stage.services.untilReady();
  harm.tell('all are ready again');
  harm.back();
}

async function killAll(harm: Harm): Promise<void> {
  const instances = harm.stage.services.instances();
  harm.down();
  harm.tell(`SIGKILL all ${instances.length} processes`);
  for (const instance of instances) instance.kill();
  await harm.stage.services.untilReady();
  harm.tell('all are ready again');
  harm.back();
}

/** One after the other, the next one only when the one before is ready again: as a deployment does it. */
async function roll(harm: Harm): Promise<void> {
  const { services } = harm.stage;
  harm.down();
  for (const role of ROLES) {
    for (const instance of services.instances(role)) {
      harm.tell(`SIGTERM ${instance.name}`);
      if ((await instance.restart()) === 'hung') harm.breach(`${instance.name} does not stop`);
      await services.untilReady([instance]);
    }
  }
  harm.back();
}

export const SERVICE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'kill-each',
    what: 'SIGKILL of every process in turn, at random moments',
    shows: 'a 202 survives any one process; an approval survives the death of any process',
    counts: { 'quality-monitor': 1 },
    play: killEach,
  },
  {
    name: 'kill-all',
    what: 'SIGKILL of all processes at once',
    shows: 'the state is the truth: whoever comes back finds every send, lease and deadline',
    recoverySecondsMax: recoveryAfter(ALL_COLD_MS),
    play: killAll,
  },
  {
    name: 'rolling-restart',
    what: 'SIGTERM of every process in turn, two of each',
    shows: 'a shutdown drains: nothing is cut off, nothing is lost',
    counts: { ingest: 2, verify: 2, receipts: 2, dispatcher: 2, delivery: 2, 'quality-monitor': 1 },
    rateLeast: TWO_OF_EACH_RATE,
    play: roll,
  },
];
