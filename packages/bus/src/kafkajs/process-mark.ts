import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import kafkajs, { type PartitionAssigner } from 'kafkajs';

/** This process, as the next one on this machine can recognise it: pids are used again, and in a container each start has the first one. */
const MINE = { host: hostname(), pid: process.pid, start: randomBytes(6).toString('hex') };

const { AssignerProtocol, PartitionAssigners } = kafkajs;

/** kafkajs' own assigner, whose members carry the mark of their process as the user data of their subscription. */
export const markedAssigner: PartitionAssigner = (config) => {
  const assigner = PartitionAssigners.roundRobin(config);
  const userData = Buffer.from(JSON.stringify(MINE));
  return {
    ...assigner,
    protocol: ({ topics }) => ({
      name: assigner.name,
      metadata: AssignerProtocol.MemberMetadata.encode({ version: assigner.version, topics, userData }),
    }),
  };
};

/**
 * Whether the member with this subscription was a process of this machine that is no more: of another machine nothing is known, nor
 * of one whose pid somebody else has by now.
 */
export function isOfDeadProcess(memberMetadata: Buffer): boolean {
  const { host, pid, start } = readMark(memberMetadata);
  if (host !== MINE.host || pid === undefined || start === MINE.start) return false;
  return pid === MINE.pid || !exists(pid);
}

function readMark(memberMetadata: Buffer): Partial<typeof MINE> {
  try {
    const text = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData.toString() ?? '';
    return JSON.parse(text) as Partial<typeof MINE>;
  } catch {
    return {}; // a member of another client, or of a former version of this one
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
