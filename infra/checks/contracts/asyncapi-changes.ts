import { isDeepStrictEqual } from 'node:util';
import { objectIn, resolveRefs, type Json } from './resolve-refs.ts';
import { findSchemaBreaks } from './schema-changes.ts';

/** What platforms emit, and what they and older versions of Watchword's own services read: see `parseEvent`. */
const RULES = {
  receive: { side: 'written', newWords: 'nowhere' },
  send: { side: 'read', newWords: 'optionalFields' },
} as const;
/** How records are kept is part of the promise; how the broker stores them is not. */
const KEPT = ['cleanup.policy', 'message.timestamp.type'];

/** What in a newer AsyncAPI document breaks those who read or write the topics of the older one. */
export function findAsyncApiBreaks(older: Json, newer: Json): string[] {
  const [before, after] = [resolveRefs(older), resolveRefs(newer)];
  const operationOf = (id: string): Json => objectIn(objectIn(after, 'operations'), id);
  return Object.entries(objectIn(before, 'operations')).flatMap(([id, operation]) => {
    const { action, channel } = operation as { action: 'send' | 'receive'; channel: Json };
    const at = String(channel['address']);
    const now = operationOf(id);
    if (now['action'] !== action) return [`${at}: the operation is gone`];
    return channelBreaks(channel, objectIn(now, 'channel'), at, action);
  });
}

function channelBreaks(before: Json, after: Json, at: string, action: 'send' | 'receive'): string[] {
  const breaks: string[] = [];
  if (before['address'] !== after['address'])
    breaks.push(`${at}: the topic has another name: ${String(after['address'])}`);
  breaks.push(...topicBreaks(kafkaOf(before), kafkaOf(after), at));
  const [old, now] = [objectIn(before, 'messages'), objectIn(after, 'messages')];
  if (action === 'send') {
    for (const name of Object.keys(now)) if (!(name in old)) breaks.push(`${at}: it may hold ${name} now`);
  }
  for (const [name, message] of Object.entries(old)) {
    const where = `${at} ${name}`;
    if (name in now) breaks.push(...messageBreaks(message as Json, objectIn(now, name), where, action));
    else breaks.push(`${where}: the message is gone`);
  }
  return breaks;
}

function kafkaOf(of: Json): Json {
  return objectIn(objectIn(of, 'bindings'), 'kafka');
}

function topicBreaks(before: Json, after: Json, at: string): string[] {
  const breaks: string[] = [];
  const [old, now] = [objectIn(before, 'topicConfiguration'), objectIn(after, 'topicConfiguration')];
  // keys would change their partition, and a verification's events their order
  if (before['partitions'] !== after['partitions']) {
    breaks.push(`${at}: it had ${String(before['partitions'])} partitions and has ${String(after['partitions'])}`);
  }
  if (Number(now['retention.ms']) < Number(old['retention.ms'])) breaks.push(`${at}: records are kept for less time`);
  const others = KEPT.filter((name) => !isDeepStrictEqual(old[name], now[name]));
  return [...breaks, ...others.map((name) => `${at}: ${name} has changed`)];
}

function messageBreaks(before: Json, after: Json, at: string, action: 'send' | 'receive'): string[] {
  const rules = RULES[action];
  const part = (name: string): string[] =>
    findSchemaBreaks(objectIn(before, name), objectIn(after, name), `${at} ${name}`, rules);
  const keys = [kafkaOf(before), kafkaOf(after)].map((binding) => objectIn(binding, 'key')) as [Json, Json];
  return [
    ...(before['contentType'] === after['contentType'] ? [] : [`${at}: it has another content type`]),
    ...findSchemaBreaks(...keys, `${at} key`, rules),
    ...part('headers'),
    ...part('payload'),
  ];
}
