import { parser } from '@prometheus-io/lezer-promql';
import type { AlertRule } from './read-rules.ts';

/** A rule with one thing wrong, which its tests have to notice. */
export interface Mutant {
  /** What is wrong with it. */
  what: string;
  rule: AlertRule;
}

const COMPARED_NUMBER = /(?<=(?:[=!]=|[<>]=?)\s*)\d+(?:\.\d+)?/g;
const THRESHOLD_FACTORS = [0.6, 1.5];
const DURATION_FACTORS = [0.5, 2];
const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Higher and lower thresholds, a longer and a shorter `for`, and of what is joined by `and`, `or` and `unless` one side alone. */
export function mutateRule(rule: AlertRule): Mutant[] {
  return [...otherThresholds(rule), ...otherDurations(rule), ...lostLegs(rule)];
}

function otherThresholds(rule: AlertRule): Mutant[] {
  return [...rule.expr.matchAll(COMPARED_NUMBER)].flatMap(({ 0: number, index }) => {
    // no factor changes a zero: whether it is compared with one is shown by whether the rule fires at all
    if (Number(number) === 0) return [];
    return THRESHOLD_FACTORS.map((factor) => {
      const other = Number((Number(number) * factor).toPrecision(6));
      const expr = `${rule.expr.slice(0, index)}${other}${rule.expr.slice(index + number.length)}`;
      return { what: `${number} (at ${index}) is ${other}`, rule: { ...rule, expr } };
    });
  });
}

function otherDurations(rule: AlertRule): Mutant[] {
  if (rule.for === undefined) return [];
  const [, number, unit] = /^(\d+)([smh])$/.exec(rule.for)!;
  const seconds = Number(number) * UNIT_SECONDS[unit!]!;
  return DURATION_FACTORS.map((factor) => {
    const other = `${seconds * factor}s`;
    return { what: `for ${rule.for} is ${other}`, rule: { ...rule, for: other } };
  });
}

function lostLegs(rule: AlertRule): Mutant[] {
  const mutants: Mutant[] = [];
  const textOf = ({ from, to }: { from: number; to: number }): string => rule.expr.slice(from, to);
  parser.parse(rule.expr).iterate({
    enter({ node }) {
      const operator = ['And', 'Or', 'Unless'].find((name) => node.getChild(name));
      const [left, right] = [node.firstChild, node.lastChild];
      if (node.name !== 'BinaryExpr' || operator === undefined || !left || !right) return;
      // what is named by `unless` means the contrary: alone it is another rule
      for (const kept of operator === 'Unless' ? [left] : [left, right]) {
        const expr = `${rule.expr.slice(0, node.from)}${textOf(kept)}${rule.expr.slice(node.to)}`;
        const lost = textOf(kept === left ? right : left);
        mutants.push({ what: `without ${operator.toLowerCase()} ${lost}`, rule: { ...rule, expr } });
      }
    },
  });
  return mutants;
}
