import type { FastifySchemaValidationError } from 'fastify';
import { maskText } from '../logging/mask-text.ts';

/** More would help nobody and would let a hostile body choose the size of the answer. */
const ERRORS_MAX = 20;
/** Longer than any field's name of ours; it is the sender's choice, and comes back in the answer. */
const NAME_MAX = 60;

/**
 * A validator's findings as field and expectation. Values are never repeated: the one in question may be a code or an
 * address. `context` is where the field is: body, params, querystring or headers.
 */
export function describeValidation(
  findings: readonly FastifySchemaValidationError[],
  context: string,
): { path: string; message: string }[] {
  const described = findings
    .filter((finding) => finding.keyword !== 'if' && finding.keyword !== 'anyOf' && finding.keyword !== 'oneOf')
    .map((finding) => ({ path: pathOf(finding, context), message: expectation(finding) }));
  const unions = findings.filter((finding) => finding.keyword === 'anyOf' || finding.keyword === 'oneOf');
  const shown = described.length > 0 ? described : unions.map((finding) => unionError(finding, context));
  const seen = new Set<string>();
  const unique = shown.filter(({ path, message }) => !seen.has(`${path} ${message}`) && seen.add(`${path} ${message}`));
  return unique.slice(0, ERRORS_MAX);
}

function unionError(finding: FastifySchemaValidationError, context: string): { path: string; message: string } {
  return { path: pathOf(finding, context), message: 'none of the allowed forms' };
}

/** `steps[0].to`; fields outside the body with their place in front: `params.id`. */
function pathOf(finding: FastifySchemaValidationError, context: string): string {
  const parts = finding.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (finding.keyword === 'required') parts.push(textParam(finding, 'missingProperty'));
  if (finding.keyword === 'additionalProperties') parts.push(textParam(finding, 'additionalProperty'));
  const path = parts.map((part) => (/^[0-9]+$/.test(part) ? `[${part}]` : `.${cleanName(part)}`)).join('');
  return `${context === 'body' ? '' : context}${path}`.replace(/^\./, '');
}

/** A name is the sender's choice too. */
function cleanName(name: string): string {
  return maskText(name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name);
}

function textParam(finding: FastifySchemaValidationError, name: string): string {
  const value = finding.params[name];
  return typeof value === 'string' ? value : '';
}

function expectation(finding: FastifySchemaValidationError): string {
  const params = finding.params as Readonly<Record<string, unknown>>;
  const limit = String(params['limit']);
  switch (finding.keyword) {
    case 'required':
      return 'must be given';
    case 'additionalProperties':
      return 'is no known field';
    case 'type':
      return `expected ${String(params['type'])}`;
    case 'enum':
      return `expected one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`;
    case 'const':
      return `expected ${JSON.stringify(params['allowedValue'])}`;
    case 'pattern':
      return `expected a text of the form ${String(params['pattern'])}`;
    case 'format':
      return `expected the format ${String(params['format'])}`;
    case 'minLength':
      return `expected at least ${limit} characters`;
    case 'maxLength':
      return `expected at most ${limit} characters`;
    case 'minItems':
      return `expected at least ${limit} entries`;
    case 'maxItems':
      return `expected at most ${limit} entries`;
    case 'minimum':
    case 'maximum':
      return `expected ${String(params['comparison'])} ${limit}`;
    case 'uniqueItems':
      return 'expected every entry once';
    default:
      return `does not fit (${finding.keyword})`;
  }
}
