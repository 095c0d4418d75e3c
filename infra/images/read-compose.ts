import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

type Condition = { condition: string; required?: boolean };

/** What docker-compose.yml says of a container, as far as we use it. */
export interface ComposeService {
  image: string;
  build?: { context: string; target?: string; args: Record<string, string> };
  profiles?: string[];
  user?: string;
  command?: string[] | string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  depends_on?: Record<string, Condition>;
  healthcheck?: { test: string[] };
  restart?: string;
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  stop_grace_period?: string;
}

export interface ComposeFile {
  name: string;
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}

/** Reads a compose file as compose does without variables: defaults filled in, anchors merged. */
export function readCompose(path: string): ComposeFile {
  const text = readFileSync(path, 'utf8').replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  return parse(text, { merge: true }) as ComposeFile;
}

/** `config-ingest:/etc/watchword:ro`, or a folder of the clone before the colon. */
export function readMount(volume: string): { source: string; target: string; readOnly: boolean } {
  const [source = '', target = '', mode] = volume.split(':');
  return { source, target, readOnly: mode === 'ro' };
}
