import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bus, IncomingEvent } from '@watchword/bus';
import type { Terminal } from '../terminal.ts';
import { createParquetFile } from './parquet-file.ts';
import { EXPORT_TABLES, type ExportTable, type TableName } from './tables.ts';

/** Writing is synchronous, so more at the same time would only wait. */
const EVENTS_AT_ONCE = 64;

export interface ExportCommand {
  name: 'export';
  tables: readonly TableName[];
  /** By the time that Kafka stored them; milliseconds since 1970. */
  sinceMs: number;
  /** Exclusive. */
  untilMs: number;
  out: string;
}

/**
 * Writes topics as Parquet files, `<out>/<table>.parquet`, each at one stroke when it is whole.
 *
 * @returns the exit code: 1 where records were no events that this version understands; the files have all others
 * @throws BaseError OTP_BUS_UNAVAILABLE; of `node:fs` where a file cannot be written. Older files stay as they were then
 */
export async function exportTopics(
  bus: Pick<Bus, 'read'>,
  { tables, sinceMs, untilMs, out }: Omit<ExportCommand, 'name'>,
  terminal: Terminal,
): Promise<number> {
  mkdirSync(out, { recursive: true });
  let skipped = 0;
  for (const name of tables) {
    const path = join(out, `${name}.parquet`);
    const done = await exportTable(bus, EXPORT_TABLES[name], { path, sinceMs, untilMs });
    terminal.out(`${path}: ${done.rows} rows`);
    if (done.skipped > 0) {
      terminal.err(
        `${name}: ${done.skipped} records of ${EXPORT_TABLES[name].topic} could not be read and are left out.`,
      );
    }
    skipped += done.skipped;
  }
  return skipped > 0 ? 1 : 0;
}

async function exportTable(
  bus: Pick<Bus, 'read'>,
  table: ExportTable,
  { path, sinceMs, untilMs }: { path: string; sinceMs: number; untilMs: number },
): Promise<{ rows: number; skipped: number }> {
  const file = createParquetFile(path, table.columns);
  try {
    const skipped = await readAll(bus, table.topic, sinceMs, (event) => {
      // before it is judged: what is outside is nobody's fault here
      if (event.timestampMs >= untilMs) return undefined;
      const row = table.toRow(event);
      return () => file.append(row);
    });
    return { rows: file.finish(), skipped };
  } catch (error) {
    file.discard();
    throw error;
  }
}

/**
 * Reads a topic. `take` judges an event and says what to do with it; what it throws concerns that event alone. A fault in what
 * it says to do, such as a full disk, ends the read.
 *
 * @returns how many records could not be read
 */
async function readAll(
  bus: Pick<Bus, 'read'>,
  topic: string,
  fromMs: number,
  take: (event: IncomingEvent) => (() => void) | undefined,
): Promise<number> {
  const ending = new AbortController();
  const faults: unknown[] = [];
  const reading = bus.read({
    topics: [topic],
    mustExist: true,
    fromMs,
    concurrency: EVENTS_AT_ONCE,
    signal: ending.signal,
    handle: async (event) => {
      const append = take(event);
      if (ending.signal.aborted || !append) return;
      try {
        append();
      } catch (error) {
        faults.push(error);
        ending.abort();
      }
    },
  });
  const read = await reading.catch((error: unknown) => {
    // who was given up says so; why is what was met
    throw faults[0] ?? error;
  });
  if (faults.length > 0) throw faults[0];
  return read.skipped;
}
