import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { createConfig, lint } from '@redocly/openapi-core';

/** Redocly's recommended rules, its warnings taken for errors. No rule is switched off. */
const RULES = 'recommended-strict';
/** Spectral's errors and warnings; 2 is information, such as that AsyncAPI 3.1 is out. */
const FAULTS: readonly number[] = [0, 1];

/** What is wrong with an OpenAPI document, a line each. */
export async function lintOpenApi(path: string): Promise<string[]> {
  const config = await createConfig({ extends: [RULES] });
  const problems = await lint({ ref: path, config });
  return problems.map(
    ({ ruleId, message, location }) => `${path} ${location[0]?.pointer ?? ''}: ${message} (${ruleId})`,
  );
}

/** The same of an AsyncAPI document, by AsyncAPI's own parser. */
export async function lintAsyncApi(path: string): Promise<string[]> {
  const diagnostics = await new Parser().validate(readFileSync(path, 'utf8'));
  return diagnostics
    .filter(({ severity }) => FAULTS.includes(severity))
    .map(({ code, message, path: place }) => `${path} #/${place.join('/')}: ${message} (${code})`);
}
