import { openBus, type Config } from '@watchword/runtime';
import type { Logger } from 'pino';
import { drawQuality } from './chart/draw-quality.ts';
import { exportTopics } from './export/export-topics.ts';
import { resolveMoment } from './moment.ts';
import type { AnalysisCommand } from './parse-analysis.ts';
import type { Terminal } from './terminal.ts';

/**
 * A minute that began less than this ago may still change: its last code may be typed four minutes after its beginning, and that is
 * published within another one and some seconds. Drawn, every line would fall at its end.
 */
const UNFINISHED_MS = 310_000;
/** Nothing was published, so there is nothing to drain. */
const CLOSE_MS = 2_000;

/**
 * Carries out what only reads Kafka.
 *
 * @returns the exit code
 * @throws BaseError OTP_BUS_UNAVAILABLE; of `node:fs` where a file cannot be written
 */
export async function runAnalysis(
  command: AnalysisCommand,
  { config, name, log }: { config: Config; name: string; log: Logger },
  terminal: Terminal,
): Promise<number> {
  const nowMs = Date.now();
  const sinceMs = resolveMoment(command.since, nowMs);
  const untilMs = command.until === undefined ? Number.POSITIVE_INFINITY : resolveMoment(command.until, nowMs);
  if (untilMs <= sinceMs) {
    terminal.err('--until must be after --since.');
    return 2;
  }
  const bus = openBus(config, { name, log });
  try {
    if (command.name === 'export') return await exportTopics(bus, { ...command, sinceMs, untilMs }, terminal);
    return await drawQuality(bus, { ...command, sinceMs, untilMs: Math.min(untilMs, nowMs - UNFINISHED_MS) }, terminal);
  } finally {
    await bus.close(CLOSE_MS);
  }
}
