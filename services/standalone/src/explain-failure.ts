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
      return port === undefined ? denied(path) : `port ${port} needs privileges. Choose one above 1023.`;
    case 'EPERM':
    case 'EROFS':
      return denied(path);
    default:
      return error.message;
  }
}

function denied(path: string | undefined): string {
  return `${path} may not be used by this user. Choose a folder of your own by --data-dir.`;
}
