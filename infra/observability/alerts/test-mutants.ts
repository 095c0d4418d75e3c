import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { mutateRule } from './mutate-rule.ts';
import { isAlert, type AlertQuestion, type AlertRule, type RuleFile, type RuleTestFile } from './read-rules.ts';

/** Days of all mutants' lives, sample by sample. */
const PROMTOOL_MAX_MS = 120_000;
/** What failed is told in full for every mutant. */
const OUTPUT_MAX_BYTES = 256 * 1024 * 1024;

/** What the tests of a file say of every mutant of the alerts that they ask for. */
export interface MutantReport {
  /** Names of the mutants that a test notices. */
  killed: Set<string>;
  /** By name, what each mutant is. */
  mutants: Map<string, string>;
}

/**
 * Runs a file of promtool's tests on all mutants of its alerts at once: each is an alert of another name on the same series. Only labels
 * count, since the value in a text changes with the leg that is lost, whether or not it matters.
 *
 * @throws Error where the tests fail on the rules as they are
 */
export async function testMutants(promtool: string, testFile: string): Promise<MutantReport> {
  const tests = parse(readFileSync(testFile, 'utf8')) as RuleTestFile;
  const rules = tests.rule_files.flatMap((file) => {
    const { groups } = parse(readFileSync(join(dirname(testFile), file), 'utf8')) as RuleFile;
    return groups.flatMap((group) => group.rules);
  });
  const variants = rules.filter(isAlert).flatMap(variantsOf);
  // one group: only there what is recorded is there before what asks for it
  const mutated = [...rules.filter((rule) => !isAlert(rule)), ...variants.map(({ rule }) => rule)];
  const asked = tests.tests.map((test) => ({
    ...test,
    alert_rule_test: test.alert_rule_test.flatMap((question) =>
      variants.filter(({ alert }) => alert === question.alertname).map(({ rule }) => questionTo(rule, question)),
    ),
  }));
  const failed = await runTests(promtool, basename(testFile), mutated, asked, tests);
  const broken = variants.filter(({ rule, what }) => what === undefined && failed.has(rule.alert));
  if (broken.length > 0) throw new Error(`${testFile} fails as it is: ${broken.map(({ alert }) => alert).join(', ')}`);
  const mutants = variants.flatMap(({ rule, what }) => (what === undefined ? [] : [[rule.alert, what] as const]));
  return { killed: failed, mutants: new Map(mutants) };
}

interface Variant {
  /** The name that tests have for it. */
  alert: string;
  /** Undefined for the rule as it is. */
  what: string | undefined;
  /** With a name of its own. */
  rule: AlertRule;
}

/** The rule as it is and all its mutants. */
function variantsOf(rule: AlertRule): Variant[] {
  const told = [rule.alert, rule.labels['window']].filter((part) => part !== undefined).join(' ');
  return [{ what: undefined, rule }, ...mutateRule(rule)].map(({ what, rule: variant }, at) => ({
    alert: rule.alert,
    what: what === undefined ? undefined : `${told}: ${what}`,
    rule: { ...variant, alert: `${told.replaceAll(' ', '_')}_${at}`, annotations: {} },
  }));
}

/** Where several rules have one name each is asked for what has its own labels. */
function questionTo(rule: AlertRule, { exp_alerts: expected = [], ...question }: AlertQuestion): AlertQuestion {
  const own = expected.filter(({ exp_labels: labels }) =>
    Object.entries(rule.labels).every(([name, value]) => labels[name] === value),
  );
  return { ...question, alertname: rule.alert, exp_alerts: own.map(({ exp_labels }) => ({ exp_labels })) };
}

/** @returns names of the alerts that were not what they should have been */
async function runTests(
  promtool: string,
  name: string,
  rules: readonly object[],
  tests: readonly object[],
  file: RuleTestFile,
): Promise<Set<string>> {
  const folder = mkdtempSync(join(tmpdir(), 'watchword-mutants-'));
  try {
    // JSON is YAML too
    writeFileSync(join(folder, 'rules.json'), JSON.stringify({ groups: [{ name: 'mutants', rules }] }));
    writeFileSync(join(folder, name), JSON.stringify({ ...file, rule_files: ['rules.json'], tests }));
    const run = promisify(execFile)(promtool, ['test', 'rules', join(folder, name)], {
      timeout: PROMTOOL_MAX_MS,
      maxBuffer: OUTPUT_MAX_BYTES,
    });
    const { stdout, stderr } = await run.catch((error: unknown) => error as { stdout: string; stderr: string });
    const failed = new Set([...(stdout + stderr).matchAll(/alertname: (\w+), time:/g)].map((match) => match[1]!));
    if (failed.size === 0 && !(stdout + stderr).includes('SUCCESS')) throw new Error(stdout + stderr);
    return failed;
  } finally {
    if (process.env.KEEPM) console.log(folder);
    else rmSync(folder, { recursive: true, force: true });
  }
}
