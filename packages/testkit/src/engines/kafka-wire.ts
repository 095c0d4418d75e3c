import { ask } from './probe.ts';

/** https://kafka.apache.org/protocol: api keys, and the oldest versions that a broker of today still speaks. */
const METADATA = { key: 3, version: 1 };
const FIND_COORDINATOR = { key: 10, version: 0 };

export interface PartitionState {
  partition: number;
  /** Node id; -1 while there is none. */
  leader: number;
  /** Ids of the nodes whose replicas are in sync. */
  isr: number[];
}

/** What one broker knows of a topic's partitions. Rejects when it does not answer; empty where it knows no such topic. */
export async function readPartitions(port: number, topic: string): Promise<PartitionState[]> {
  const count = Buffer.alloc(4);
  count.writeInt32BE(1);
  const reader = await request(port, METADATA, Buffer.concat([count, text(topic)]));
  reader.array(() => [reader.int32(), reader.text(), reader.int32(), reader.text()]);
  reader.int32();
  const topics = reader.array(() => {
    reader.int16();
    reader.text();
    reader.bytes(1);
    return reader.array(() => {
      reader.int16();
      const partition = reader.int32();
      const leader = reader.int32();
      reader.array(() => reader.int32());
      return { partition, leader, isr: reader.array(() => reader.int32()) };
    });
  });
  return topics.flat();
}

/** The id of the node that coordinates a consumer group; -1 while there is none. */
export async function readCoordinator(port: number, group: string): Promise<number> {
  const reader = await request(port, FIND_COORDINATOR, text(group));
  reader.int16();
  return reader.int32();
}

async function request(port: number, api: { key: number; version: number }, body: Buffer) {
  const header = Buffer.alloc(14);
  header.writeInt32BE(10 + body.length, 0);
  header.writeInt16BE(api.key, 4);
  header.writeInt16BE(api.version, 6);
  header.writeInt32BE(1, 8);
  header.writeInt16BE(-1, 12);
  const server = { host: '127.0.0.1', port, tls: false };
  // The answer says its length in its first four bytes.
  const answer = await ask(server, Buffer.concat([header, body]), (head) => 4 + head.readInt32BE(0));
  return createReader(answer, 8);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function createReader(buffer: Buffer, start: number) {
  let at = start;
  const skip = (bytes: number): number => (at += bytes) - bytes;
  const reader = {
    bytes: skip,
    int16: () => buffer.readInt16BE(skip(2)),
    int32: () => buffer.readInt32BE(skip(4)),
    text(): string {
      const length = Math.max(0, reader.int16());
      const from = skip(length);
      return buffer.toString('utf8', from, from + length);
    },
    array<T>(read: () => T): T[] {
      const items: T[] = [];
      for (let left = reader.int32(); left > 0; left--) items.push(read());
      return items;
    },
  };
  return reader;
}
