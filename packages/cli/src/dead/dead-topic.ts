import type { Bus, IncomingRecord } from '@watchword/bus';
import { BaseError } from '@watchword/contracts';
import { createMarker, describeRecord, readMarker, toJob, toOriginal } from './dead-record.ts';
import type { DeadLetter, OpenedLetter } from './letter.ts';
import type { Requeue } from './requeue.ts';

/** What is held of one topic in memory: some 300 bytes a letter. */
const LETTERS_MAX = 200_000;
/** Put back at the same time; those of one verification one after the other. */
const REPLAYED_AT_ONCE = 16;

/** What lies in one dead-letter topic and was not put back. */
export async function surveyTopic(bus: Pick<Bus, 'read'>, topic: string): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const replayed = new Set<string>();
  await visit(bus, topic, async (record) => {
    const marker = readMarker(record);
    if (marker !== undefined) replayed.add(`${topic}/${marker}`);
    const letter = marker === undefined ? describeRecord(record) : undefined;
    if (letter) letters.push(letter);
    if (letters.length + replayed.size > LETTERS_MAX) throw tooMany(topic);
  });
  return letters.filter(({ ref }) => !replayed.has(ref));
}

/** One letter with everything in it, whether it was put back or not. */
export async function openRecord(
  bus: Pick<Bus, 'read'>,
  at: { topic: string; partition: number; offset: string },
): Promise<OpenedLetter | undefined> {
  let found: IncomingRecord | undefined;
  await visit(bus, at.topic, async (record) => {
    if (record.partition === at.partition && record.offset === at.offset) found = record;
  });
  const letter = found && describeRecord(found);
  return found && letter && { letter, headers: found.headers, body: found.value.toString() };
}

/**
 * Puts letters back, and marks each one when that is done: what is interrupted between the two is put back again, never
 * forgotten.
 */
export async function replayTopic(
  deps: { bus: Pick<Bus, 'read' | 'publishRecord'>; requeue: Requeue },
  topic: string,
  refs: ReadonlySet<string>,
  onReplayed: (ref: string) => void,
): Promise<void> {
  await visit(deps.bus, topic, async (record) => {
    const letter = readMarker(record) === undefined ? describeRecord(record) : undefined;
    if (!letter || !refs.has(letter.ref) || letter.obstacle !== undefined) return;
    const job = toJob(record);
    if (letter.kind === 'job') await deps.requeue.add(job!.channel, job!.job);
    else await deps.bus.publishRecord(toOriginal(record));
    await deps.bus.publishRecord(createMarker(topic, record));
    onReplayed(letter.ref);
  });
}

/** Whatever fails for one letter ends the visit: it is a fault of the infrastructure, and concerns the next one too. */
async function visit(
  bus: Pick<Bus, 'read'>,
  topic: string,
  handle: (record: IncomingRecord) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const faults: unknown[] = [];
  const read = bus.read({
    envelope: 'none',
    topics: [topic],
    fromMs: 0,
    concurrency: REPLAYED_AT_ONCE,
    signal: ending.signal,
    handle: async (record) => {
      if (ending.signal.aborted) return;
      try {
        await handle(record);
      } catch (error) {
        faults.push(error);
        ending.abort();
      }
    },
  });
  // who was given up says so; why is what the handler met
  await read.catch((error: unknown) => faults.push(error));
  const [first] = faults;
  if (first !== undefined) await Promise.reject(first);
}

function tooMany(topic: string): BaseError {
  return new BaseError('OTP_BUS_FULL', `${topic} holds more than ${LETTERS_MAX} letters: mend their cause first`, {
    retry: false,
    context: { topic },
  });
}
