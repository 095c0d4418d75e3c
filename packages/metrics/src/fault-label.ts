import { BaseError } from '@watchword/contracts';

/** The `error_type` of something thrown: the code of a fault, `_OTHER` for a bug (as OpenTelemetry names what it does not know). */
export function faultLabel(error: unknown): string {
  return error instanceof BaseError ? error.code : '_OTHER';
}
