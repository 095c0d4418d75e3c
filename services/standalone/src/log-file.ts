import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Two files of this size at most: an outage of a night must not fill the disk of a developer. */
const BYTES_MAX = 5 * 1024 * 1024;

/** Where the services' JSON lines go, so that the terminal stays readable. A full file moves aside to `<path>.1`. */
export function openLogFile(path: string): { write(line: string): void } {
  // It is there from the beginning, for whoever is told where it is.
  appendFileSync(path, '', { mode: 0o600 });
  let bytes = statSync(path).size;
  return {
    write(line) {
      if (bytes > BYTES_MAX) {
        renameSync(path, `${path}.1`);
        bytes = 0;
      }
      appendFileSync(path, line, { mode: 0o600 });
      bytes += Buffer.byteLength(line);
    },
  };
}
