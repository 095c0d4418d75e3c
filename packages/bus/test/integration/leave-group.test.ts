import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/kafkajs/client.ts';
import { leaveGroup } from '../../src/kafkajs/leave-group.ts';
import { createFixture } from './bus-fixture.ts';

test('a member that its process has given up is out of its group at once, and the group waits for nobody', async () => {
  const { prefix } = await createFixture({ a: 1 });
  const kafka = createClient({ brokers: inject('kafkaBrokers'), clientId: 'test' }, pino({ level: 'silent' }));
  const groupId = `g-${randomBytes(4).toString('hex')}`;
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 9_000, sessionTimeout: 30_000 });
  const admin = kafka.admin();
  onTestFinished(async () => void (await Promise.all([consumer.disconnect(), admin.disconnect()])));
  const joined = Promise.withResolvers<string>();
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => joined.resolve(payload.memberId));
  await consumer.connect();
  await admin.connect();
  await consumer.subscribe({ topics: [`${prefix}a`] });
  await consumer.run({ eachMessage: () => Promise.resolve() });
  const memberId = await joined.promise;
  const members = async (): Promise<string[]> =>
    (await admin.describeGroups([groupId])).groups.flatMap((group) => group.members.map((member) => member.memberId));
  expect(await members()).toEqual([memberId]);
  await leaveGroup(kafka, groupId, memberId);
  expect(await members()).not.toContain(memberId);
  // who is no member any more has nothing to leave
  await leaveGroup(kafka, groupId, memberId);
});
