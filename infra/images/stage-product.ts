import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePort } from '@watchword/testkit';
import type { Image } from './build-image.ts';
import type { ContainerOptions, Isolation } from './container.ts';
import { readMount, type ComposeFile, type ComposeService } from './read-compose.ts';

/** Variables that name a port of the container itself. */
const OWN_PORTS = ['HTTP_PORT', 'CARRIER_SIM_PORT'] as const;

/** What compose would start, and how its health is asked for. */
export type StagedContainer = ContainerOptions & { healthcheck: readonly string[] | undefined };

export interface Stage {
  container(name: string): StagedContainer;
  /** Where a service listens on this machine. */
  url(name: string): string;
}

export interface StageOptions {
  compose: ComposeFile;
  /** By the SERVICE that each was built with. */
  images: Readonly<Record<string, Image>>;
  engines: { redisUrl: string; kafkaBrokers: readonly string[] };
  /** Volumes and mount points are made in it. */
  folder: string;
  isolation: Isolation;
  path: string;
}

/**
 * The services of a compose file as processes of this machine: what is a network of its own there (names, one port for all) is
 * ports of loopback here, and what is mounted there is a folder beside it.
 */
export async function stageProduct(options: StageOptions): Promise<Stage> {
  const { compose, folder } = options;
  const ports: Record<string, number> = {};
  for (const name of Object.keys(compose.services)) ports[name] = await freePort();
  const addresses = addressesOf(options.engines, ports, await freePort());
  return {
    url: (name) => `http://127.0.0.1:${ports[name]}`,
    container(name) {
      const service = compose.services[name]!;
      const mounts = layMounts(service, join(folder, name), join(folder, 'volumes'));
      const here = (text: string): string => mounts.here(addresses.here(text, name));
      const ownPorts = Object.fromEntries(OWN_PORTS.map((key) => [key, String(ports[name])]));
      const image = options.images[service.build?.args['SERVICE'] ?? ''];
      if (!image) throw new Error(`${name}: no such image was built`);
      const [, ...healthcheck] = service.healthcheck?.test ?? [];
      return {
        name,
        image: { ...image, env: mapValues(image.env, mounts.here) },
        isolation: options.isolation,
        command: commandOf(service).map(here),
        env: { ...mapValues(service.environment ?? {}, here), ...ownPorts },
        user: service.user,
        writable: mounts.writable,
        path: options.path,
        healthcheck: healthcheck.length > 0 ? healthcheck.map(here) : image.healthcheck,
      };
    },
  };
}

function commandOf({ command = [] }: ComposeService): readonly string[] {
  return typeof command === 'string' ? command.split(' ') : command;
}

/** What names an address in the network of containers, and what stands for it here. */
function addressesOf(
  { redisUrl, kafkaBrokers }: StageOptions['engines'],
  ports: Readonly<Record<string, number>>,
  smtpPort: number,
) {
  const replacements = new Map([
    ['redis://redis:6379', redisUrl],
    ['kafka:9092', kafkaBrokers.join(',')],
    ['4025', String(smtpPort)],
    ['0.0.0.0', '127.0.0.1'],
    ['carrier-sim', '127.0.0.1'],
  ]);
  const http = /^http:\/\/([\w.-]+):\d+/;
  return {
    here(text: string, own: string): string {
      const exact = replacements.get(text);
      if (exact !== undefined) return exact;
      return text.replace(http, (whole, host: string) => {
        const port = ports[host === '127.0.0.1' ? own : host];
        return port === undefined ? whole : `http://127.0.0.1:${port}`;
      });
    },
  };
}

/** Links each mount point, below a folder of the container's own, to the folder that stands for its volume. */
function layMounts(service: ComposeService, root: string, volumes: string) {
  const mounts = (service.volumes ?? []).map(readMount);
  for (const { source, target } of mounts) {
    mkdirSync(join(volumes, source), { recursive: true });
    mkdirSync(dirname(join(root, target)), { recursive: true });
    symlinkSync(join(volumes, source), join(root, target));
  }
  const within = (text: string): boolean =>
    mounts.some(({ target }) => `${text}/`.startsWith(`${target}/`) || target.startsWith(`${text}/`));
  return {
    here: (text: string): string => (text.startsWith('/') && within(text) ? join(root, text) : text),
    writable: mounts.filter(({ readOnly }) => !readOnly).map(({ source }) => join(volumes, source)),
  };
}

function mapValues(record: Readonly<Record<string, string>>, map: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
