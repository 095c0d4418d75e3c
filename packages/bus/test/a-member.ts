// A process that is a member of a group, until it is killed. `node a-member.ts <brokers> <prefix> <topic> <group>`
import { pino } from 'pino';
import { createBus } from '../src/index.ts';

const [, , brokers, prefix, topic, group] = process.argv as [string, string, string, string, string, string];
const bus = createBus(
  { brokers: brokers.split(','), clientId: 'bus-test', topicPrefix: prefix, groupPrefix: prefix },
  { log: pino({ level: 'silent' }) },
);
await bus.subscribe({
  group,
  topics: [topic],
  handle: async ({ key }) => {
    process.stdout.write(`handled ${key}\n`);
  },
});
