import { TOPICS } from '@watchword/contracts';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { deadTopicsOf } from './dead-topics.ts';
import type { DeadLetter } from './letter.ts';
import { listDead } from './list.ts';
import { replayDead } from './replay.ts';

const RECEIPTS = 'otp.receipt.v1.dispatcher.dead';
const INGRESS = 'shop-otps.ingest.dead';
const topics = deadTopicsOf({ tenants: [{}, { ingress: { topic: 'shop-otps', clearRecipients: false } }] });

/** Letters over a Kafka that others use too; it remembers what was read. */
function setUp(existing: string[]) {
  const read: string[] = [];
  const letters = createDeadLetters({
    bus: {
      listTopics: async () => existing,
      publishRecord: async () => undefined,
      read: async (options) => {
        read.push(...options.topics);
        return { records: 0, skipped: 0 };
      },
    },
    store: { readQuarantine: async () => [], findQuarantined: async () => undefined, putBack: async () => undefined },
    queues: {} as Parameters<typeof createDeadLetters>[0]['queues'],
    topics,
    log: pino({ level: 'silent' }),
  });
  return { letters, read };
}

function terminalOf() {
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  return { lines, terminal: { out: tell, err: tell, ask: undefined } };
}

const everything = { limit: 10, json: false };

test('a deployment has the dead-letter topics of its groups, its jobs and its tenants, and no others', () => {
  expect(topics).toContain(RECEIPTS);
  expect(topics).toContain('deliver-voice.delivery.dead');
  expect(topics.at(-1)).toBe(INGRESS);
  expect(topics).toHaveLength(TOPICS.filter(({ name }) => name.endsWith('.dead')).length + 1);
});

describe('in a Kafka that deployments share without a prefix', () => {
  const others = ['t88.otp.receipt.v1.dispatcher.dead', 'test-1.a.g.dead', 'billing.dead'];

  test('only what is ours is listed and opened', async () => {
    const { letters, read } = setUp([RECEIPTS, ...others]);
    const { lines, terminal } = terminalOf();
    expect(await listDead(letters, everything, terminal, 0)).toBe(0);
    for (const topic of others) expect(await letters.open(`${topic}/0/1`)).toBeUndefined();
    expect(read).toEqual([RECEIPTS]);
    expect(lines).toEqual(['Nothing: everything was handled or replayed.']);
  });

  test('nothing of others is replayed', async () => {
    const { letters, read } = setUp([RECEIPTS, ...others]);
    const { lines, terminal } = terminalOf();
    const refs = [`${others[0]!}/0/1`];
    expect(await replayDead(letters, { refs, all: false }, terminal)).toBe(1);
    expect(read).toEqual([]);
    expect(lines[0]).toContain('is not there');
  });
});

describe('a topic that this deployment cannot have', () => {
  const topic = 'otp.reciept.v1.dispatcher.dead';

  test('is refused with the names of those that it has', async () => {
    const { letters } = setUp([RECEIPTS, topic]);
    for (const ask of [
      async (terminal: ReturnType<typeof terminalOf>['terminal']) =>
        listDead(letters, { topic, ...everything }, terminal, 0),
      async (terminal: ReturnType<typeof terminalOf>['terminal']) =>
        replayDead(letters, { refs: [], all: true, topic }, terminal),
    ]) {
      const { lines, terminal } = terminalOf();
      expect(await ask(terminal)).toBe(2);
      expect(lines[0]).toContain(`no dead-letter topic ${topic}`);
      expect(lines).toEqual(expect.arrayContaining([`  ${RECEIPTS}`, `  ${INGRESS}`, '  quarantine']));
    }
  });

  test.each([RECEIPTS, INGRESS, 'quarantine'])('and %s, in which nothing lies, are told apart', async (known) => {
    const { letters } = setUp([RECEIPTS]);
    const { lines, terminal } = terminalOf();
    expect(await listDead(letters, { topic: known, ...everything }, terminal, 0)).toBe(0);
    expect(lines).toEqual(['Nothing: everything was handled or replayed.']);
  });
});

test('a replay says of jobs, and of nothing else, that their sends are closed', async () => {
  const letter = { atMs: 1, reason: 'x', verification: '' };
  const job: DeadLetter = { ...letter, ref: 'j/0/1', kind: 'job', topic: 'j', origin: 'deliver-sms' };
  const record: DeadLetter = { ...letter, ref: 'r/0/1', kind: 'record', topic: 'r', origin: 'otp.receipt.v1 3@17' };
  const event: DeadLetter = { ...letter, ref: 'q/1f/1-0', kind: 'event', topic: 'q', origin: 'outbox 1f' };
  const replay = async (...listed: DeadLetter[]): Promise<string[]> => {
    const { lines, terminal } = terminalOf();
    const letters: Pick<DeadLetters, 'places' | 'survey' | 'replay'> = {
      places: [],
      survey: async () => listed,
      replay: async (all, onReplayed) => all.forEach(({ ref }) => onReplayed(ref)),
    };
    expect(await replayDead(letters, { refs: [], all: true }, terminal)).toBe(0);
    return lines;
  };
  expect(await replay(record, event)).toEqual(['r/0/1 → otp.receipt.v1', 'q/1f/1-0 → outbox 1f', '2 replayed.']);
  const lines = await replay(job, record);
  expect(lines[0]).toBe('j/0/1 → deliver-sms (a send that is closed is not sent)');
  expect(lines.slice(-2)).toEqual(['2 replayed.', expect.stringMatching(/^1 of them was a job\. .*nothing is sent/)]);
});
