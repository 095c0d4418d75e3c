import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { RawRecord } from '../driver.ts';

export function toRecord(message: KafkaMessage): RawRecord {
  return {
    offset: message.offset,
    timestampMs: Number(message.timestamp),
    key: message.key?.toString() ?? '',
    value: message.value,
    headers: toText(message.headers),
  };
}

function toText(headers: IHeaders | undefined): Record<string, string> {
  const text: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    // A header's value may be null in Kafka, against kafkajs' own types.
    if (last !== undefined && last !== null) text[name] = last.toString();
  }
  return text;
}
