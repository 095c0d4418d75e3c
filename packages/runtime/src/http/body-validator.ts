import { Ajv } from 'ajv';
import type { TSchema } from 'typebox';
import { describeValidation } from './validation-problem.ts';

/** How bodies are validated: nothing is coerced, nothing is dropped, every fault is told. */
export const VALIDATION = { coerceTypes: false, removeAdditional: false, allErrors: true } as const;

/**
 * Judges what came by another way than HTTP exactly as its body would be judged there: the same findings, and the schema's
 * defaults filled in.
 *
 * @returns a function that gives what is wrong, field by field; nothing where it fits. Values are never repeated
 */
export function createBodyValidator(schema: TSchema): (value: unknown) => { path: string; message: string }[] {
  // beyond ours, what Fastify itself sets
  const validate = new Ajv({ useDefaults: true, ...VALIDATION }).compile(schema);
  return (value) => (validate(value) ? [] : describeValidation(validate.errors ?? [], 'body'));
}
