import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { endingWithParent } from '@watchword/testkit';
import { relocated, type Image } from './build-image.ts';

/** The last of what a container said: enough for the reason why it ended. */
const OUTPUT_TAIL_CHARACTERS = 16_384;
/** The product's own deadline for a shutdown is 15 s. */
const STOP_MAX_MS = 20_000;

/** How much of a container this machine lets us have. */
export type Isolation =
  /** Namespaces of its own: pid 1, a read-only file system, no capabilities. */
  | 'namespaces'
  /** Another user, who may not write. */
  | 'user'
  /** Nothing: whoever started us. */
  | 'none';

export interface ContainerOptions {
  name: string;
  image: Image;
  isolation: Isolation;
  /** After the entry point. */
  command?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** As `user:` in a compose file; default the image's. */
  user?: string | undefined;
  /** Folders that stay writable. */
  writable?: readonly string[];
  /** Where Node is: the base image's part. */
  path: string;
}

export interface Container {
  name: string;
  /** How it ended. */
  exited: Promise<number | NodeJS.Signals>;
  output(): string;
  /** Runs a command beside it, as a health check does. @returns whether it ended with 0 */
  succeeds(command: readonly string[]): Promise<boolean>;
  /** SIGTERM to its pid 1; SIGKILL after 20 s. @returns how it ended and after how long */
  stop(): Promise<{ code: number | NodeJS.Signals; tookMs: number }>;
  /** SIGKILL, where it still runs. */
  kill(): Promise<void>;
}

/** What is carried out within the namespaces: mounts first, then the rights are given up. */
const ISOLATE = `set -e
for folder in $WRITABLE; do mount --bind "$folder" "$folder"; done
unset WRITABLE
mount -t tmpfs tmpfs /tmp
mount -o remount,bind,ro /
exec setpriv "$@"`;
const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

export function findIsolation(): Isolation {
  if (process.getuid?.() !== 0) return 'none';
  const probe = spawnSync('unshare', [
    ...NAMESPACES,
    'sh',
    '-c',
    'mount -t tmpfs tmpfs /tmp && mount -o remount,bind,ro /',
  ]);
  return probe.status === 0 ? 'namespaces' : 'user';
}

export function startContainer(options: ContainerOptions): Container {
  const { name, image, isolation } = options;
  const line = commandLine(options, [...withInit(image, isolation), ...(options.command ?? [])]);
  const { command, args } = endingWithParent(line.program, line.args, 'SIGKILL');
  const child = spawn(command, args, { ...line.options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream
      .setEncoding('utf8')
      .on('data', (chunk: string) => (output = (output + chunk).slice(-OUTPUT_TAIL_CHARACTERS)));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(-1);
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return {
    name,
    exited,
    output: () => output,
    succeeds: (command) => succeeds(options, command),
    async stop() {
      const startedMs = performance.now();
      signalPid1(child, isolation);
      const killing = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
      const code = await exited;
      clearTimeout(killing);
      return { code, tookMs: Math.round(performance.now() - startedMs) };
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** The entry point, with its init process where that is process 1 and is there (the stage that fetches it needs Debian). */
function withInit({ root, entrypoint }: Image, isolation: Isolation): string[] {
  const [init = '', ...rest] = entrypoint;
  const path = join(root, init);
  return isolation === 'namespaces' && existsSync(path) ? [path, ...rest] : rest.slice(rest.indexOf('--') + 1);
}

function commandLine(
  { image, isolation, env, user, writable = [], path }: ContainerOptions,
  command: readonly string[],
) {
  const [uid, gid] = (user ?? image.user).split(':').map(Number);
  const options = { cwd: join(image.root, image.workdir), env: { PATH: path, ...relocated(image), ...env } };
  const [program = '', ...args] = command;
  if (isolation === 'none') return { program, args, options };
  if (isolation === 'user') return { program, args, options: { ...options, uid, gid } };
  const rights = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs'];
  const none = ['--inh-caps=-all', '--bounding-set=-all', '--'];
  return {
    program: 'unshare',
    args: [...NAMESPACES, 'sh', '-c', ISOLATE, 'sh', ...rights, ...none, ...command],
    options: { ...options, env: { ...options.env, WRITABLE: writable.join(' ') } },
  };
}

/** Within namespaces the child is `unshare`, and its only child is the container's pid 1. */
function signalPid1(child: ChildProcess, isolation: Isolation): void {
  const pid = child.pid ?? 0;
  if (isolation !== 'namespaces') return void child.kill('SIGTERM');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  if (children !== '') process.kill(Number(children.split(' ')[0]), 'SIGTERM');
}

function succeeds(options: ContainerOptions, command: readonly string[]): Promise<boolean> {
  const line = commandLine({ ...options, isolation: options.isolation === 'none' ? 'none' : 'user' }, command);
  return new Promise((resolve) => {
    execFile(line.program, line.args, line.options, (error) => resolve(error === null));
  });
}
