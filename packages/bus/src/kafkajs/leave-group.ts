import type { Kafka } from 'kafkajs';
import { settlesWithin } from '../back-off.ts';
import { createCluster } from './cluster.ts';

/** A coordinator that is there answers in milliseconds; one that is not must not hold up who would join. */
const LEAVE_MAX_MS = 2_000;

/** What kafkajs' types leave out of a broker. */
interface GroupCoordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
}

/**
 * Takes a member out of its group that its process has given up: a coordinator that came back, or took over, remembers it, and lets
 * nobody in before its session has ended (10 s, and as long again where it is told of no rebalance). Best effort, never rejects.
 */
export async function leaveGroup(kafka: Kafka, groupId: string, memberId: string): Promise<void> {
  const cluster = createCluster(kafka);
  const leave = async (): Promise<void> => {
    await cluster.connect();
    const coordinator: object = await cluster.findGroupCoordinator({ groupId });
    await (coordinator as GroupCoordinator).leaveGroup({ groupId, memberId });
  };
  await settlesWithin(leave(), LEAVE_MAX_MS);
  await settlesWithin(cluster.disconnect(), LEAVE_MAX_MS);
}
