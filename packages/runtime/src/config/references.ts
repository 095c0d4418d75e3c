import { dirname, isAbsolute, resolve } from 'node:path';

/** What the loader may look at outside the file; arguments, so that loading is a pure function. */
export interface ReferenceSources {
  env: Readonly<Record<string, string | undefined>>;
  /** Reads a UTF-8 file; throws when it cannot. */
  readText: (path: string) => string;
  /** Relative file references start from this file's folder. */
  configFile: string;
}

export type Resolved =
  | { outcome: 'literal'; value: string }
  | { outcome: 'resolved'; value: string; reference: string }
  | { outcome: 'broken'; expected: string; found: string; fix?: string };

const WHOLE_FILE = /^\$\{file:([^{}]+)\}$/;
const ENV = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** True for a text that holds something like a reference, well formed or not. */
export function holdsReference(text: string): boolean {
  return text.includes('${');
}

/** True where nothing but references makes the text: no part of it is a literal. */
export function isReferenceOnly(text: string): boolean {
  return WHOLE_FILE.test(text) || /^(\$\{env:[A-Za-z_][A-Za-z0-9_]*\})+$/.test(text);
}

/** Replaces `${file:path}` (alone) and `${env:NAME}` (anywhere) by what they stand for. */
export function resolveReferences(text: string, sources: ReferenceSources): Resolved {
  if (!holdsReference(text)) return { outcome: 'literal', value: text };
  const file = WHOLE_FILE.exec(text);
  if (file) return resolveFile(text, file[1]!.trim(), sources);
  if (text.replaceAll(ENV, '').includes('${')) {
    return {
      outcome: 'broken',
      expected: 'a reference written ${env:NAME} or, alone, ${file:path}',
      found: 'another use of ${',
    };
  }
  const missing = [...text.matchAll(ENV)].map((match) => match[1]!).filter((name) => !sources.env[name]);
  if (missing.length > 0) {
    const names = [...new Set(missing)].join(', ');
    return {
      outcome: 'broken',
      expected: `the environment variable ${names}`,
      found: 'it unset or empty',
      fix: `Set ${names} for this process.`,
    };
  }
  return {
    outcome: 'resolved',
    value: text.replaceAll(ENV, (_, name: string) => sources.env[name] ?? ''),
    reference: text,
  };
}

function resolveFile(reference: string, path: string, sources: ReferenceSources): Resolved {
  const full = isAbsolute(path) ? path : resolve(dirname(sources.configFile), path);
  try {
    const value = sources.readText(full).trim();
    if (value !== '') return { outcome: 'resolved', value, reference };
    return { outcome: 'broken', expected: `content in the file ${path}`, found: 'it empty' };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return {
      outcome: 'broken',
      expected: `a readable file ${path}`,
      found: why === 'ENOENT' ? 'none' : why,
      fix: 'Paths are relative to the configuration file.',
    };
  }
}
