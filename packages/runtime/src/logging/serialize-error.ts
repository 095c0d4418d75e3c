import { BaseError } from '@watchword/contracts';

/** Ours go three deep; a chain that is a circle must end. */
const CAUSES_MAX = 4;

export interface SerializedError {
  type: string;
  code?: string | number;
  message: string;
  stack?: string;
  retry?: boolean;
  context?: Readonly<Record<string, string | number | boolean>>;
  cause?: SerializedError;
}

/**
 * An error as a log may hold it: what it is, not what it carries. Vendors' errors drag requests and responses along,
 * with texts and addresses in them; nothing but named fields is taken.
 */
export function serializeError(error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, message: describeThrown(error) };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error instanceof BaseError ? { retry: error.retry, context: error.context } : {}),
    ...(error.cause !== undefined && depth < CAUSES_MAX ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

function describeThrown(value: unknown): string {
  return typeof value === 'string' ? value : 'something that is no Error was thrown';
}
