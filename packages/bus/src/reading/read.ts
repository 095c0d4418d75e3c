import { withEnvelope } from '../cloud-event.ts';
import { processRecord } from '../consuming/process-record.ts';
import type { Parts } from '../parts.ts';
import type { RawReadOptions, ReadOptions } from '../port.ts';
import { readTopics } from './read-topics.ts';

/** A read that waits for a record with a bug holds up whoever waits for the read: some seconds, not a minute. */
const UNEXPECTED_TRIES_MAX = 5;

/** Puts a read together from the parts of a bus. `closing`: the bus is going away. */
export async function read(
  { driver, names, metrics, log, now }: Parts,
  options: ReadOptions | RawReadOptions,
  closing: AbortSignal,
): Promise<{ records: number; skipped: number }> {
  const handle = options.envelope === 'none' ? options.handle : withEnvelope(options.handle);
  let warned = false;
  const result = await readTopics(
    {
      ...options,
      topics: options.topics.map(names.topic),
      signal: AbortSignal.any([closing, ...(options.signal ? [options.signal] : [])]),
    },
    {
      openReader: (topics) => driver.openReader(topics, { mustExist: options.mustExist }),
      async process(record, from, signal) {
        const place = { ...from, topic: names.bareTopic(from.topic) };
        const outcome = await processRecord(record, {
          ...place,
          signal,
          random: Math.random,
          unexpectedTriesMax: UNEXPECTED_TRIES_MAX,
          handle,
          onFault(error, attempt) {
            if (attempt === 0) log.debug({ err: error, ...place, offset: record.offset }, 'will be tried again');
          },
          deadLetter(_, reason) {
            if (!warned) log.warn({ ...place, offset: record.offset, reason }, 'records are skipped in a read');
            warned = true;
            return Promise.resolve();
          },
        });
        const { topic } = place;
        if (outcome !== 'abandoned') metrics.read(topic, outcome === 'dead' ? 'skipped' : 'done');
        return outcome;
      },
      log,
      now,
      random: Math.random,
    },
  );
  if (result.skipped > 0) log.warn(result, 'records were skipped in a read');
  return result;
}
