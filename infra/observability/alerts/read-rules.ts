import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FOLDER = import.meta.dirname;

interface AlertRule {
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

/** A test of promtool, as far as it is looked at here. */
interface RuleTest {
  name: string;
  alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[];
}

export interface Rules {
  alerts: AlertRule[];
  recorded: RecordingRule[];
}

const yamlFiles = (pattern: string): string[] => globSync(pattern, { cwd: FOLDER }).map((file) => join(FOLDER, file));

/** Paths of the rule files and of promtool's tests for them. */
export const RULE_FILES = yamlFiles('*.yaml');
export const RULE_TEST_FILES = yamlFiles('tests/*.yaml');

/** All rules of all files. */
export function readRules(): Rules {
  const rules = RULE_FILES.flatMap((file) => {
    const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: (AlertRule | RecordingRule)[] }[] };
    return groups.flatMap((group) => group.rules);
  });
  return {
    alerts: rules.filter((rule) => 'alert' in rule),
    recorded: rules.filter((rule) => 'record' in rule),
  };
}

export function readRuleTests(): RuleTest[] {
  return RULE_TEST_FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: RuleTest[] }).tests);
}
