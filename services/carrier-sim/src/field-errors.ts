import type { TLocalizedValidationError } from 'typebox/error';

/** What is wrong with one field. `path` is a JSON pointer, empty for the whole document. */
export interface FieldError {
  path: string;
  message: string;
}

/** How many faults one answer names; the first few say enough. */
const ERRORS_MAX = 20;

/** TypeBox' errors in words that tell what to write instead. */
export function describeErrors(errors: readonly TLocalizedValidationError[]): FieldError[] {
  return errors.flatMap(describeError).slice(0, ERRORS_MAX);
}

function describeError(error: TLocalizedValidationError): FieldError[] {
  switch (error.keyword) {
    // Repeats, for each surplus property, what `additionalProperties` says of them all.
    case 'boolean':
      return [];
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        path: `${error.instancePath}/${name}`,
        message: 'is not known here',
      }));
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        path: `${error.instancePath}/${name}`,
        message: 'is required',
      }));
    case 'enum':
      return [{ path: error.instancePath, message: `must be one of ${error.params.allowedValues.join(', ')}` }];
    default:
      return [{ path: error.instancePath, message: error.message }];
  }
}
