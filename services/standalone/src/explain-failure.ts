import { BaseError } from '@watchword/contracts';

const BUGS = [SyntaxError, TypeError, ReferenceError];

/** What a newcomer can act upon, in one sentence. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof BaseError) return error.message;
  // A fault of the code itself: whoever changed it needs the place.
  if (BUGS.some((kind) => error instanceof kind)) return error.stack ?? error.message;
  const { code, port, path } = error as NodeJS.ErrnoException & { port?: number };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken. Choose another one by --port or --simulator-port, or none: free ones are found.`;
    case 'EACCES':
      if (port !== undefined) return `port ${port} needs privileges. Choose one above 1023.`;
      return `${path} may not be written. Choose another folder by --data-dir.`;
    case 'EPERM':
    case 'EROFS':
      return `${path} may not be written. Choose another folder by --data-dir.`;
    default:
      return error.message;
  }
}
