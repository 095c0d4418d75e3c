import { ask } from '../../src/engines/probe.ts';

/** A Redis command by hand, for the testkit depends on no client. Returns the answer's text as it came. */
export async function redis(port: number, ...words: string[]): Promise<string> {
  const command = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  return (await ask({ host: '127.0.0.1', port, tls: false }, Buffer.from(command), 1)).toString();
}

const CREATE_TOPICS = 19;
/** Size, correlation id, throttle time, one topic's name. */
const ERROR_CODE_AT = (topic: string): number => 4 + 4 + 4 + 4 + 2 + Buffer.byteLength(topic);

/** CreateTopics (version 2) by hand: one topic of one partition. Returns Kafka's error code: 0, or 36 where it exists. */
export async function createTopic(port: number, topic: string, replicas = 1): Promise<number> {
  const body = Buffer.concat([
    int16(CREATE_TOPICS),
    int16(2),
    int32(1), // correlation id
    int16(-1), // no client id
    int32(1), // one topic
    int16(Buffer.byteLength(topic)),
    Buffer.from(topic),
    int32(1), // partitions
    int16(replicas), // -1: as the broker has it
    int32(0), // no assignments
    int32(0), // no settings
    int32(10_000), // time-out, ms
    Buffer.from([0]), // carry it out
  ]);
  const request = Buffer.concat([int32(body.length), body]);
  const answer = await ask({ host: '127.0.0.1', port, tls: false }, request, ERROR_CODE_AT(topic) + 2);
  return answer.readInt16BE(ERROR_CODE_AT(topic));
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
