import type { Kafka } from 'kafkajs';
import { pause, settlesWithin } from '../back-off.ts';
import { createCluster } from './cluster.ts';

/** A broker that is back needs a second or two until it coordinates; one that is not there must not hold up who would join. */
const LEAVE_MAX_MS = 5_000;
/** Some tries while it loads. */
const AGAIN_MS = 100;
/** For the connections' goodbye. */
const CLOSE_MAX_MS = 1_000;

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
  const over = new AbortController();
  const leave = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        await cluster.connect();
        const coordinator: object = await cluster.findGroupCoordinator({ groupId });
        await (coordinator as GroupCoordinator).leaveGroup({ groupId, memberId });
        return;
      } catch (error) {
        if ((error as { type?: string }).type === 'UNKNOWN_MEMBER_ID') return;
        await pause(AGAIN_MS, over.signal);
      }
    }
  };
  await settlesWithin(leave(), LEAVE_MAX_MS);
  over.abort();
  await settlesWithin(cluster.disconnect(), CLOSE_MAX_MS);
}
