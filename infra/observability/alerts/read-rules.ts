import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = import.meta.dirname;

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}
interface RecordingRule {
  record: string;
  expr: string;
}

export interface RuleFile {
  groups: { rules: (AlertRule | RecordingRule)[] }[];
}

export interface AlertQuestion {
  alertname: string;
  exp_alerts?: { exp_labels: Readonly<Record<string, string>> }[];
}

/** A test of promtool, as far as it is looked at here. */
interface RuleTest {
  name: string;
  alert_rule_test: AlertQuestion[];
}

export interface RuleTestFile {
  /** As seen from the file's own folder. */
  rule_files: string[];
  tests: RuleTest[];
}

export interface Rules {
  alerts: AlertRule[];
  recorded: RecordingRule[];
}

const yamlFiles = (pattern: string): string[] => globSync(pattern, { cwd: FOLDER }).map((file) => join(FOLDER, file));

/** Paths of the rule files and of promtool's tests for them. */
export const RULE_FILES = yamlFiles('*.yaml');
export const RULE_TEST_FILES = yamlFiles('tests/**/*.yaml');
/** Those of the thresholds: short, so that they can be run on every rule that is a little wrong. */
export const BOUNDS_TEST_FILES = yamlFiles('tests/bounds/*.yaml');

export function isAlert(rule: AlertRule | RecordingRule): rule is AlertRule {
  return 'alert' in rule;
}

/** All rules of all files. */
export function readRules(): Rules {
  const rules = RULE_FILES.flatMap((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as RuleFile;
    return groups.flatMap((group) => group.rules);
  });
  return {
    alerts: rules.filter(isAlert),
    recorded: rules.flatMap((rule) => (isAlert(rule) ? [] : [rule])),
  };
}

export function readRuleTests(): RuleTest[] {
  return RULE_TEST_FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleTestFile).tests);
}
