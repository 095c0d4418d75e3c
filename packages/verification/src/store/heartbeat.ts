import { createKeys } from './keys.ts';
import { createScriptRunner, type RedisConnection } from './scripts.ts';

/** A process without a heartbeat for this long is gone: its buckets and its outbox entries are taken by others. */
const ALIVE_MS = 5_000;
/** Several are lost before a process counts as gone; a beat is one script. */
export const HEARTBEAT_MS = 1_000;

export interface LivingProcess {
  role: string;
  instance: string;
}

/** Heartbeats of all processes that hold something others would have to take over. */
export function createHeartbeats(
  redis: RedisConnection,
  options: { namespace: string; role: string; instance: string },
) {
  const run = createScriptRunner(redis);
  const key = createKeys(options.namespace).processes();
  const member = `${options.role}|${options.instance}`;
  const beat = async (leave: boolean): Promise<LivingProcess[]> => {
    const [, members] = (await run('heartbeat', [key], [member, ALIVE_MS, leave ? '1' : ''])) as [number, string[]];
    return members.map((each) => {
      const bar = each.indexOf('|');
      return { role: each.slice(0, bar), instance: each.slice(bar + 1) };
    });
  };
  return {
    beat: () => beat(false),
    leave: () => beat(true),
  };
}
