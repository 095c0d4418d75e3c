/** One attempt as it was logged, with what became of it. */
export interface LoggedChoice {
  /** With which probability its provider was chosen, above 0. */
  propensity: number;
  /** With which probability the other policy would have chosen the same one, 0 to 1. */
  wanted: number;
  converted: boolean;
}

export interface PolicyEstimate {
  /** Attempts that were looked at. */
  n: number;
  /** Share that converted as it was, 0 to 1. */
  logged: number;
  /** Share that would have converted; undefined where the other policy would have chosen none of what was chosen. */
  estimate: number | undefined;
  /** Of 95 %. */
  interval: [lower: number, upper: number] | undefined;
  /** As many attempts by the other policy itself would tell as much. */
  effectiveN: number;
  /** Share of the other policy's choices that the log can speak for: 1 if all, less where it wants whom nobody was sent to. */
  overlap: number;
  /** Too thin to rely on, and why. */
  thin: string | undefined;
}

/** Fewer than this make an interval that says nothing. */
const EFFECTIVE_MIN = 100;
/** With less than this of its choices in the log, what is missing may decide. */
const OVERLAP_MIN = 0.8;
/** Standard errors of a 95 % interval. */
const INTERVAL_Z = 1.96;

/**
 * What share of sends another policy would have converted: inverse propensity scoring, normalised by its own weights (the mean then
 * stays between 0 and 1, at the price of a bias that vanishes with n). Interval by the delta method.
 */
export function estimatePolicy(choices: readonly LoggedChoice[]): PolicyEstimate {
  const n = choices.length;
  let [weights, squares, converted, logged] = [0, 0, 0, 0];
  for (const choice of choices) {
    const weight = choice.wanted / choice.propensity;
    weights += weight;
    squares += weight * weight;
    if (!choice.converted) continue;
    converted += weight;
    logged += 1;
  }
  const overlap = n === 0 ? 0 : Math.min(1, weights / n);
  if (weights === 0)
    return {
      n,
      logged: n === 0 ? 0 : logged / n,
      estimate: undefined,
      interval: undefined,
      effectiveN: 0,
      overlap,
      thin:
        n === 0 ? 'no attempt has both a propensity and a result' : 'the policy would have made none of the choices',
    };
  const estimate = converted / weights;
  let spread = 0;
  for (const choice of choices) {
    const weight = choice.wanted / choice.propensity;
    spread += (weight * (Number(choice.converted) - estimate)) ** 2;
  }
  const half = (INTERVAL_Z * Math.sqrt(spread)) / weights;
  const effectiveN = (weights * weights) / squares;
  return {
    n,
    logged: logged / n,
    estimate,
    effectiveN,
    overlap,
    interval: [Math.max(0, estimate - half), Math.min(1, estimate + half)],
    thin: whyThin(effectiveN, overlap),
  };
}

function whyThin(effectiveN: number, overlap: number): string | undefined {
  if (effectiveN < EFFECTIVE_MIN)
    return `it is worth only ${Math.floor(effectiveN)} attempts by the policy itself, ${EFFECTIVE_MIN} are needed`;
  if (overlap < OVERLAP_MIN)
    return `only ${Math.round(overlap * 100)} % of what the policy would choose was ever chosen`;
  return undefined;
}
