// Who is alive, who holds a lock, and how a child ends with its parent. Plain JavaScript without dependencies, because
// bootstrap.mjs needs it on Node 20 before anything is installed; types are in process-life.d.mts.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A take-over is a few system calls; one that is older than this died in the middle. */
const TAKEOVER_ABANDONED_MS = 10_000;
const LOCK_POLL_MS = 200;

/** Pids are used again; a pid together with its start time is not (the boot id keeps reboots apart). */
export function identifyProcess(pid) {
  const startTime = process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

function startTimeFromProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may hold spaces and brackets: fields are counted from the last one. 3rd is the state, 22nd the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid) {
  const answer = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
  return answer.stdout?.trim() || undefined;
}

export function isAlive(identity) {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** What a lock or pid file says, or undefined where there is none, or none of ours. */
export function readIdentity(path) {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && typeof startTime === 'string' ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the lock file for this process, also from an owner that is dead. Exactly one of many that try gets it. */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const me = identifyProcess(process.pid);
  const token = randomBytes(6).toString('hex');
  const draft = `${path}.${token}`;
  // Written aside and linked, so that nobody ever reads half a lock.
  writeFileSync(draft, JSON.stringify({ ...me, token }));
  try {
    linkSync(draft, path);
    return locked(path, token);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const owner = readIdentity(path);
    if (owner && isAlive(owner)) return { outcome: 'busy', ownerPid: owner.pid };
    return owner && takeOver(path, owner, draft) ? locked(path, token) : { outcome: 'busy', ownerPid: owner?.pid };
  } finally {
    rmSync(draft, { force: true });
  }
}

function locked(path, token) {
  return {
    outcome: 'locked',
    release() {
      if (readFileIfAny(path).includes(token)) rmSync(path, { force: true });
    },
  };
}

/** One winner per dead owner: mkdir succeeds once, and only its maker replaces the lock that it names. */
function takeOver(path, owner, draft) {
  const claim = `${path}.${owner.pid}-${owner.startTime.replaceAll(/\W/g, '')}`;
  try {
    mkdirSync(claim);
  } catch {
    dropAbandonedClaim(claim);
    return false;
  }
  try {
    const now = readIdentity(path);
    if (now?.pid !== owner.pid || now.startTime !== owner.startTime) return false;
    renameSync(draft, path);
    return true;
  } finally {
    rmdirSync(claim);
  }
}

function dropAbandonedClaim(claim) {
  try {
    if (Date.now() - statSync(claim).mtimeMs > TAKEOVER_ABANDONED_MS) rmdirSync(claim);
  } catch {
    // Its owner was faster: nothing is left to drop.
  }
}

function readFileIfAny(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Waits for the lock; `onWait` is called once if somebody else has it. */
export async function waitForLock(path, { timeoutMs, onWait }) {
  const deadline = Date.now() + timeoutMs;
  for (let told = false; ;) {
    const lock = tryLock(path);
    if (lock.outcome === 'locked') return lock;
    if (Date.now() > deadline) {
      throw new Error(
        `Process ${lock.ownerPid ?? '?'} has held ${path} for too long. If it hangs, end it and try again.`,
      );
    }
    if (!told) onWait?.(lock.ownerPid);
    told = true;
    await sleep(LOCK_POLL_MS);
  }
}

let canSetDeathSignal;

/**
 * The command line under which a child gets `signal` when its parent dies, even by SIGKILL (Linux with util-linux's
 * setpriv; elsewhere the command as it is, and what was left is ended at the next start).
 */
export function endingWithParent(command, args, signal) {
  canSetDeathSignal ??=
    process.platform === 'linux' &&
    spawnSync('setpriv', ['--pdeathsig', 'SIGTERM', 'true'], { stdio: 'ignore' }).status === 0;
  return canSetDeathSignal
    ? { command: 'setpriv', args: ['--pdeathsig', signal, '--', command, ...args] }
    : { command, args: [...args] };
}
