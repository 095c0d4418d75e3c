import { readFileSync } from 'node:fs';
import { BaseError } from '@watchword/contracts';
import { KEY_ROLES } from '@watchword/otp';
import type { KeyRole } from '@watchword/otp';
import type { Config } from './compile.ts';
import { compileConfig } from './compile.ts';
import type { ConfigIssue, ConfigPath } from './issues.ts';
import { formatIssues, formatPath } from './issues.ts';
import { SECRETS_OF_USE, type ProviderUse } from './narrow-config.ts';
import type { ReferenceSources } from './references.ts';
import { holdsReference } from './references.ts';
import type { DraftConfig } from './rules.ts';
import { checkRules } from './rules.ts';
import { checkIngress } from './rules-ingress.ts';
import { checkRouting } from './rules-routing.ts';
import { ConfigSchema } from './schema.ts';
import type { RawConfig } from './schema.ts';
import type { SchemaNode } from './schema-node.ts';
import type { ConfigSource } from './source.ts';
import { parseSource } from './source.ts';
import { walk } from './walk.ts';
import type { WalkContext } from './walk-context.ts';

/** Environment variable that names the configuration file, and where it is without one. */
export const CONFIG_PATH_VARIABLE = 'WATCHWORD_CONFIG';
export const CONFIG_PATH_DEFAULT = '.watchword/config.yaml';

/** Which secrets this process reads; the references of the others need not lead anywhere. */
export interface SecretsWanted {
  keyRoles: readonly KeyRole[];
  providers: readonly ProviderUse[];
}

const ALL_SECRETS: SecretsWanted = { keyRoles: KEY_ROLES, providers: ['submit', 'receive'] };

export interface ParseConfigInput extends ReferenceSources {
  text: string;
  /** Default: all. */
  secretsFor?: SecretsWanted;
}

export type ParsedConfig =
  | { outcome: 'valid'; config: Config }
  | { outcome: 'invalid'; issues: readonly ConfigIssue[] };

/** Text to configuration, or everything that is wrong with it. Pure: what it reads comes as arguments. */
export function parseConfig(input: ParseConfigInput): ParsedConfig {
  const source = parseSource(input.text, input.configFile);
  // After a syntax fault the tree is guesswork; every message about it would mislead.
  if (source.issues.length > 0) return { outcome: 'invalid', issues: source.issues };
  const issues: ConfigIssue[] = [];
  const report: WalkContext['report'] = (path, issue, key) => {
    issues.push({ file: source.file, ...source.locate(path, key), path: formatPath(path), ...only(issue) });
  };
  const context = { source, references: input, wantsSecret: wantsSecret(input.secretsFor ?? ALL_SECRETS), report };
  const draft = (walk(ConfigSchema as unknown as SchemaNode, source.root, [], context) ?? {}) as DraftConfig;
  checkRules(draft, report);
  checkIngress(draft, report);
  checkRouting(draft, report);
  checkAddresses(draft, source, report);
  if (issues.length > 0) return { outcome: 'invalid', issues };
  return { outcome: 'valid', config: compileConfig(draft as RawConfig) };
}

function only(issue: Pick<ConfigIssue, 'expected' | 'found' | 'fix'>): Pick<ConfigIssue, 'expected' | 'found' | 'fix'> {
  const { expected, found, fix } = issue;
  return { expected, found, ...(fix === undefined ? {} : { fix }) };
}

function wantsSecret(wanted: SecretsWanted): (path: ConfigPath) => boolean {
  const fields = secretFields(wanted.providers);
  return (path) => {
    if (path[0] === 'keys') return wanted.keyRoles.some((role) => role === path[1]);
    return path[0] === 'providers' ? fields.has(String(path[2])) : true;
  };
}

/** As the file names them. */
function secretFields(uses: readonly ProviderUse[]): ReadonlySet<string> {
  const fields = uses.flatMap((use) => Object.values<readonly string[]>(SECRETS_OF_USE[use]).flat());
  return new Set(fields.map((field) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
}

/** Addresses must parse as such, and one that is written out must not hold a password. */
function checkAddresses(
  draft: DraftConfig,
  source: ConfigSource,
  report: (path: ConfigPath, issue: Pick<ConfigIssue, 'expected' | 'found' | 'fix'>) => void,
): void {
  for (const role of ['state', 'queue'] as const) {
    const url = draft.redis?.[role]?.url;
    if (url === undefined) continue;
    const path = ['redis', role, 'url'];
    if (!URL.canParse(url)) {
      report(path, { expected: 'an address like redis://host:6379', found: 'another value (not shown)' });
    } else if (new URL(url).password !== '' && !holdsReference(source.textAt(path))) {
      report(path, {
        expected: 'an address without a password',
        found: 'a password (not shown)',
        fix: 'Put it into password: ${env:NAME}, and change it if this file was ever shared.',
      });
    }
  }
  const collector = draft.tracing?.otlp?.url;
  if (collector !== undefined && !URL.canParse(collector)) {
    report(['tracing', 'otlp', 'url'], { expected: 'an address', found: 'one that cannot be parsed (not shown)' });
  }
  if (draft.public_url !== undefined && !URL.canParse(draft.public_url)) {
    report(['public_url'], { expected: 'an address', found: 'one that cannot be parsed' });
  }
}

export interface LoadConfigOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** Default: all secrets are read. */
  secretsFor?: SecretsWanted;
}

/**
 * Reads and checks a configuration file. Synchronous: it runs at boot, before anything is served.
 * @throws BaseError OTP_CONFIG_INVALID whose message lists every fault with file, line, column, path and what to do.
 */
export function loadConfig(path: string, options: LoadConfigOptions): Config {
  const readText = (file: string) => readFileSync(file, 'utf8');
  const parsed = parseConfig({ text: readConfigFile(path, readText), configFile: path, readText, ...options });
  if (parsed.outcome === 'valid') return parsed.config;
  throw new BaseError('OTP_CONFIG_INVALID', formatIssues(parsed.issues), {
    retry: false,
    context: { file: path, issues: parsed.issues.length },
  });
}

function readConfigFile(path: string, readText: (path: string) => string): string {
  try {
    return readText(path);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    const advice = `Name the file in ${CONFIG_PATH_VARIABLE}, or run npm start once: it writes one.`;
    throw new BaseError('OTP_CONFIG_INVALID', `The configuration file ${path} cannot be read (${why}). ${advice}`, {
      retry: false,
      context: { file: path },
    });
  }
}
