import { setTimeout as sleep } from 'node:timers/promises';
import { startServiceProcess, waitFor, type ServiceProcess } from '@watchword/testkit';
import { servicePath } from './service-path.ts';

/** As an orchestrator waits before it starts a container again. */
const RESTART_AFTER_MS = 1_000;
const PROBE_MS = 1_500;
/** Kubernetes' grace; the product's own deadline for its shutdown is half of it. */
const STOP_MAX_MS = 30_000;

/** One process of a service, looked after as an orchestrator would: what ends is started again. */
export interface Instance {
  name: string;
  role: string;
  url: string;
  /** Running, as far as a load balancer can know: neither ended nor told to. */
  up(): boolean;
  /** Of the process that runs now; undefined between two. */
  pid(): number | undefined;
  ready(): Promise<boolean>;
  /** Sends a signal to the process; SIGKILL unless said otherwise. It is started again. */
  kill(signal?: NodeJS.Signals): void;
  /**
   * SIGTERM, and resolves when the next process has been started; after Kubernetes' grace of 30 s SIGKILL.
   */
  restart(): Promise<'inOrder' | 'hung'>;
  /** Takes effect at the next start: variables of its own, `undefined` takes one away. */
  setEnv(env: Record<string, string | undefined>): void;
  figures: InstanceFigures;
  /** Ends it for good. */
  stop(): Promise<void>;
}

export interface InstanceFigures {
  /** Signals that we sent. */
  killed: number;
  /** Ends that nobody asked for. */
  crashed: number;
  /** How often the supervisor started it again. */
  restarted: number;
  /** Exit codes other than 0 of processes that were asked to end in order. */
  disorderly: number;
}

export interface InstanceOptions {
  name: string;
  service: string;
  role: string;
  port: number;
  env: Record<string, string | undefined>;
  log: (chunk: string) => void;
}

export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { name, role, port } = options;
  const url = `http://127.0.0.1:${port}`;
  const figures: InstanceFigures = { killed: 0, crashed: 0, restarted: 0, disorderly: 0 };
  const stopping = new AbortController();
  let own: Record<string, string | undefined> = {};
  let asked: NodeJS.Signals | undefined;
  let running: ServiceProcess | undefined;

  const start = async (): Promise<ServiceProcess> => {
    asked = undefined;
    running = await startServiceProcess({
      name,
      entry: servicePath(options.service),
      env: { ...options.env, HTTP_PORT: String(port), ...own },
      log: options.log,
    });
    return running;
  };
  const supervise = async (first: ServiceProcess): Promise<void> => {
    for (let current = first; ;) {
      const { code } = await current.exited;
      running = undefined;
      if (asked === undefined && !stopping.signal.aborted) figures.crashed += 1;
      if (asked === 'SIGTERM' && code !== 0) figures.disorderly += 1;
      await sleep(RESTART_AFTER_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // seen below
      if (stopping.signal.aborted) return;
      figures.restarted += 1;
      current = await start();
    }
  };
  const kill = (signal: NodeJS.Signals = 'SIGKILL'): void => {
    if (running === undefined) return;
    asked = signal;
    figures.killed += 1;
    running.kill(signal);
  };
  const supervision = supervise(await start());
  return {
    name,
    role,
    url,
    figures,
    pid: () => running?.pid,
    up: () => running !== undefined && asked === undefined,
    ready: async () => {
      if (running === undefined || asked !== undefined) return false;
      return answersOk(`${url}/readyz`);
    },
    kill,
    async restart() {
      const before = figures.restarted;
      kill('SIGTERM');
      const isNext = (): boolean => figures.restarted > before;
      try {
        await waitFor(isNext, { timeoutMs: STOP_MAX_MS, what: `${name} to stop` });
        return 'inOrder';
      } catch {
        running?.kill('SIGKILL');
        await waitFor(isNext, { timeoutMs: STOP_MAX_MS, what: `${name} to be started again` });
        return 'hung';
      }
    },
    setEnv(env) {
      own = env;
    },
    async stop() {
      stopping.abort();
      running?.kill('SIGKILL');
      await supervision;
    },
  };
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
