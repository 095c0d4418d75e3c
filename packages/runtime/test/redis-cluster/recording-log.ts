import { pino } from 'pino';

/** A log whose lines a test reads. */
export function recordingLog() {
  const lines: { msg: string; reason?: string; node?: string }[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  );
  return { log, lines, messages: () => lines.map((line) => line.msg) };
}
