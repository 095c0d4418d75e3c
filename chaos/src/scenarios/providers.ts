import type { BehaviourPatch } from '@watchword/carrier-sim';
import { SIMULATED } from '@watchword/standalone';
import type { Harm, Scenario } from './scenario.ts';

const FAULT_MS = 12_000;
const FLAPS = 6;
const FLAP_MS = 2_000;

/** The provider of each channel that is asked first; the second one is well. */
const FIRST = Object.values(SIMULATED).map(([first]) => first);
const [MAIL] = SIMULATED.email;

type Fault = NonNullable<BehaviourPatch['errors']>;

async function behaveAll(harm: Harm, errors: Fault): Promise<void> {
  // HTML means nothing to a mail server: it refuses in its own way
  const ofMail = 'html_200' in errors ? { html_200: null, http_500: errors.html_200 ?? null } : errors;
  const each = FIRST.map(async (name) =>
    harm.stage.simulator.behave(name, { errors: name === MAIL ? ofMail : errors }),
  );
  await Promise.all(each);
}

const faulty =
  (what: string, errors: Fault, faultMs: number) =>
  async (harm: Harm): Promise<void> => {
    harm.down();
    harm.tell(`the first provider of each channel ${what} for ${faultMs / 1000} s`);
    await behaveAll(harm, errors);
    await harm.sleep(faultMs);
    await behaveAll(harm, well(errors));
    harm.tell('they are well again');
    harm.back();
  };

async function flap(harm: Harm): Promise<void> {
  harm.down();
  for (let turn = 0; turn < FLAPS; turn++) {
    const errors: Fault = turn % 2 === 0 ? { hang: 1 } : { http_500: 1 };
    await behaveAll(harm, errors);
    await harm.sleep(FLAP_MS);
    await behaveAll(harm, well(errors));
    await harm.sleep(FLAP_MS);
  }
  harm.tell(`they were ill and well again ${FLAPS} times`);
  harm.back();
}

const well = (errors: Fault): Fault => Object.fromEntries(Object.keys(errors).map((mode) => [mode, null]));

const scenario = (name: string, what: string, errors: Fault, shows: string, faultMs = FAULT_MS): Scenario => ({
  name: `provider-${name}`,
  what: `the first provider of each channel ${what}`,
  shows,
  play: faulty(what, errors, faultMs),
});

const HANGS = 'takes requests and never answers';
const FAILOVER = 'a definite failure goes on to the next provider inside the same job';
const SILENCE = 'silence is found by the step’s deadline (15 s here), and the next step sends';
/** The shortest step that the API takes. */
const STEP_SECONDS_MIN = 15;
const DOUBT = 'after an unknown result one more provider is tried; what may be a duplicate is counted';

/** Long enough for every slot of a worker to hang once: a call takes 5 s. */
const SHORT_FAULT_MS = 4_000;
export const SHORT_HANG = scenario('hang', HANGS, { hang: 1 }, DOUBT, SHORT_FAULT_MS);

export const PROVIDER_SCENARIOS: readonly Scenario[] = [
  scenario('5xx', 'answers 500', { http_500: 1 }, DOUBT),
  scenario('hang', HANGS, { hang: 1 }, DOUBT),
  scenario('html', 'answers 200 with a page of HTML', { html_200: 1 }, DOUBT),
  scenario('throttle', 'answers 429', { throttle: 1 }, FAILOVER),
  {
    ...scenario('black-hole', 'accepts everything and sends nothing', { black_hole: 1 }, SILENCE),
    secondStepAfter: STEP_SECONDS_MIN,
    // what was swallowed at the last moment waits for its step's deadline, and comes by the next one
    recoverySecondsMax: STEP_SECONDS_MIN + 5,
  },
  {
    name: 'provider-flapping',
    what: 'the first provider of each channel hangs, recovers, fails, recovers, again and again',
    shows: DOUBT,
    play: flap,
  },
];
