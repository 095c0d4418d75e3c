/** A process that is told apart from a later one with the same pid. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

export type LockAnswer = { outcome: 'locked'; release(): void } | { outcome: 'busy'; ownerPid: number | undefined };

export function identifyProcess(pid: number): ProcessIdentity | undefined;
export function isAlive(identity: ProcessIdentity): boolean;
export function readIdentity(path: string): ProcessIdentity | undefined;
export function tryLock(path: string): LockAnswer;
export function waitForLock(
  path: string,
  options: { timeoutMs: number; onWait?: (ownerPid: number | undefined) => void },
): Promise<{ outcome: 'locked'; release(): void }>;
export function endingWithParent(
  command: string,
  args: readonly string[],
  signal: 'SIGTERM' | 'SIGKILL',
): { command: string; args: string[] };
