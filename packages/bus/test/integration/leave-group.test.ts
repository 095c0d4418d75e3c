import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startServiceProcess, waitFor } from '@watchword/testkit';
import { pino } from 'pino';
import { expect, inject, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/kafkajs/client.ts';
import { leaveForTheDead, leaveGroup } from '../../src/kafkajs/leave-group.ts';
import { createEvent, createFixture } from './bus-fixture.ts';

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

test('who starts in the place of a process that was killed on this machine does not wait for its session of 10 s', async () => {
  const { bus, prefix } = await createFixture({ a: 4 });
  const brokers = inject('kafkaBrokers').join(',');
  const entry = fileURLToPath(new URL('../a-member.ts', import.meta.url));
  const killed = await startServiceProcess({ name: 'member', entry, args: [brokers, prefix, 'a', 'g'] });
  onTestFinished(async () => killed.stop());
  await bus.publish(createEvent('a', 'before', 1));
  await waitFor(() => killed.output().includes('handled before'), {
    timeoutMs: 20_000,
    what: 'the first member to work',
  });
  killed.kill('SIGKILL');
  await killed.exited;
  const handled: string[] = [];
  await bus.subscribe({ group: 'g', topics: ['a'], handle: async ({ key }) => void handled.push(key) });
  await bus.publish(createEvent('a', 'after', 1));
  await waitFor(() => handled.includes('after'), { timeoutMs: 7_000, what: 'its successor to work' });
  // what the dead one had handled and not committed comes again, nothing else
  expect(handled.filter((key) => key !== 'before')).toEqual(['after']);
});

test('who lives stays: another member of this process, and one of another process', async () => {
  const { bus, prefix, another } = await createFixture({ a: 4 });
  const brokers = inject('kafkaBrokers').join(',');
  const entry = fileURLToPath(new URL('../a-member.ts', import.meta.url));
  const other = await startServiceProcess({ name: 'member', entry, args: [brokers, prefix, 'a', 'g'] });
  onTestFinished(async () => other.stop());
  await bus.publish(createEvent('a', 'first', 1));
  await waitFor(() => other.output().includes('handled first'), {
    timeoutMs: 20_000,
    what: 'the other process to work',
  });
  await bus.subscribe({ group: 'g', topics: ['a'], handle: async () => undefined });
  const kafka = createClient({ brokers: inject('kafkaBrokers'), clientId: 'test' }, pino({ level: 'silent' }));
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(async () => admin.disconnect());
  const members = async (): Promise<number> => (await admin.describeGroups([`${prefix}g`])).groups[0]!.members.length;
  await waitFor(async () => (await members()) === 2, { timeoutMs: 20_000, what: 'both to be members' });
  await leaveForTheDead(kafka, `${prefix}g`);
  expect(await members()).toBe(2);
  await another().subscribe({ group: 'g', topics: ['a'], handle: async () => undefined });
  await waitFor(async () => (await members()) === 3, { timeoutMs: 20_000, what: 'all three to be members' });
});
