import type { Kafka } from 'kafkajs';
import { pause, settlesWithin } from '../back-off.ts';
import { createCluster } from './cluster.ts';
import { isOfDeadProcess } from './process-mark.ts';

/** A broker that is back needs a second or two until it coordinates; one that is not there must not hold up who would join. */
const LEAVE_MAX_MS = 5_000;
/** Some tries while it loads. */
const AGAIN_MS = 100;
/** For the connections' goodbye. */
const CLOSE_MAX_MS = 1_000;

/** What kafkajs' types leave out of a broker. */
interface GroupCoordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>;
  describeGroups(groups: { groupIds: string[] }): Promise<{ groups: { members: GroupMember[] }[] }>;
}

interface GroupMember {
  memberId: string;
  memberMetadata: Buffer;
}

/**
 * Takes a member out of its group that its process has given up: a coordinator that came back, or took over, remembers it, and lets
 * nobody in before its session has ended (10 s, and as long again where it is told of no rebalance). Best effort, never rejects.
 */
export async function leaveGroup(kafka: Kafka, groupId: string, memberId: string): Promise<void> {
  await withCoordinator(kafka, groupId, async (coordinator) => leave(coordinator, groupId, memberId));
}

/** The same for members whose process was killed on this machine: who starts in its place need not wait for its session. */
export async function leaveForTheDead(kafka: Kafka, groupId: string): Promise<void> {
  await withCoordinator(kafka, groupId, async (coordinator) => {
    const { groups } = await coordinator.describeGroups({ groupIds: [groupId] });
    const members = groups.flatMap((group) => group.members);
    for (const { memberId, memberMetadata } of members) {
      if (isOfDeadProcess(memberMetadata)) await leave(coordinator, groupId, memberId);
    }
  });
}

async function leave(coordinator: GroupCoordinator, groupId: string, memberId: string): Promise<void> {
  try {
    await coordinator.leaveGroup({ groupId, memberId });
  } catch (error) {
    // it is out already
    if ((error as { type?: string }).type !== 'UNKNOWN_MEMBER_ID') throw error;
  }
}

/** Tries until there is a coordinator that does it, or the time is over. */
async function withCoordinator(
  kafka: Kafka,
  groupId: string,
  act: (coordinator: GroupCoordinator) => Promise<void>,
): Promise<void> {
  const cluster = createCluster(kafka);
  const over = new AbortController();
  const persist = async (): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        await cluster.connect();
        const coordinator: object = await cluster.findGroupCoordinator({ groupId });
        return await act(coordinator as GroupCoordinator);
      } catch {
        await pause(AGAIN_MS, over.signal);
      }
    }
  };
  await settlesWithin(persist(), LEAVE_MAX_MS);
  over.abort();
  await settlesWithin(cluster.disconnect(), CLOSE_MAX_MS);
}
