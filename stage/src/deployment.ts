import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '@watchword/contracts';
import { freePort } from '@watchword/testkit';
import { startInstance, type Instance, type InstanceFigures } from './instance.ts';

/** The parts of the product that the way of an OTP needs, and the one that learns from it. */
export const ROLES = ['dispatcher', 'delivery', 'receipts', 'verify', 'ingest', 'quality-monitor'] as const;
export type Role = (typeof ROLES)[number];
/** Only where it is asked for: scores would change who is sent to. */
const ASKED_FOR: Role = 'quality-monitor';

/** Node loads a service in a second; seven of them on two cores, beside a load, take ten times that. */
const READY_MS = 120_000;
const LOOK_MS = 100;

export interface Deployment {
  instances(role?: Role): readonly Instance[];
  /** Addresses that a load balancer would choose from. */
  urls(role: Role): readonly string[];
  /** Waits until all of these are ready; default all. Answers with the names of those that are not after two minutes. */
  untilReady(instances?: readonly Instance[]): Promise<string[]>;
  /** Names of those that are not ready just now. */
  unready(): Promise<string[]>;
  figures(): InstanceFigures;
  stop(): Promise<void>;
}

export interface DeploymentOptions {
  env: Record<string, string>;
  channels: readonly Channel[];
  /** Processes of each role; of delivery, for each channel. Default 1, of quality-monitor 0. */
  counts: Partial<Record<Role, number>>;
  log: (instance: string) => (chunk: string) => void;
}

interface Wanted {
  name: string;
  role: Role;
  env: Record<string, string>;
}

function listProcesses({ counts, channels }: Pick<DeploymentOptions, 'counts' | 'channels'>): Wanted[] {
  return ROLES.flatMap((role) =>
    Array.from({ length: counts[role] ?? (role === ASKED_FOR ? 0 : 1) }, (_, k) => k + 1).flatMap(
      (number): Wanted[] => {
        if (role !== 'delivery') return [{ name: `${role}-${number}`, role, env: {} }];
        return channels.map((channel) => ({ name: `delivery-${channel}-${number}`, role, env: { CHANNEL: channel } }));
      },
    ),
  );
}

/** Every service as a process of its own, as production runs them. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { log } = options;
  const wanted = listProcesses(options);
  const ports = await Promise.all(wanted.map(async () => freePort()));
  const receiptsAt = ports[wanted.findIndex(({ role }) => role === 'receipts')] ?? (await freePort());
  const env = { ...options.env, PUBLIC_URL: `http://127.0.0.1:${receiptsAt}` };
  const all = await Promise.all(
    wanted.map(async ({ name, role, env: own }, k) =>
      startInstance({ name, role, service: role, port: ports[k]!, env: { ...env, ...own }, log: log(name) }),
    ),
  );
  const ofRole = (role: Role) => all.filter((instance) => instance.role === role);
  const notReady = async (instances: readonly Instance[]): Promise<string[]> => {
    const ready = await Promise.all(instances.map(async (instance) => instance.ready()));
    return instances.filter((_, k) => ready[k] === false).map(({ name }) => name);
  };
  return {
    instances: (role) => (role === undefined ? all : ofRole(role)),
    urls: (role) => {
      const up = ofRole(role).filter((instance) => instance.up());
      // a balancer whose backends are all down still has their addresses
      return (up.length > 0 ? up : ofRole(role)).map(({ url }) => url);
    },
    async untilReady(instances = all) {
      const until = performance.now() + READY_MS;
      for (;;) {
        const waiting = await notReady(instances);
        if (waiting.length === 0 || performance.now() > until) return waiting;
        await sleep(LOOK_MS);
      }
    },
    unready: async () => notReady(all),
    figures: () => {
      const sum = (name: keyof InstanceFigures): number => all.reduce((total, { figures }) => total + figures[name], 0);
      return {
        killed: sum('killed'),
        crashed: sum('crashed'),
        restarted: sum('restarted'),
        disorderly: sum('disorderly'),
      };
    },
    async stop() {
      await Promise.all(all.map(async (instance) => instance.stop()));
    },
  };
}
