import { writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from '../free-port.ts';
import { startEngineProcess } from './engine-process.ts';

const STOP_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 1_000;

export interface LocalPrometheus {
  url: string;
  stop: () => Promise<void>;
}

/** A Prometheus of its own on loopback that scrapes every second. Its data and its configuration are in `dir`. */
export async function startLocalPrometheus(options: {
  binary: string;
  dir: string;
  /** `host:port` of what it scrapes. */
  target: string;
  job: string;
  ruleFiles: readonly string[];
}): Promise<LocalPrometheus> {
  const { binary, dir, target, job, ruleFiles } = options;
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 'prometheus.yml');
  // JSON is YAML too
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      scrape_configs: [{ job_name: job, static_configs: [{ targets: [target] }] }],
    }),
  );
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const engine = await startEngineProcess({
      name: 'prometheus',
      command: binary,
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      dir,
      stopTimeoutMs: STOP_TIMEOUT_MS,
      readyTimeoutMs: READY_TIMEOUT_MS,
      probe: async () => {
        const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
        if (!answer.ok) throw new Error(`Prometheus answers ${answer.status}`);
      },
    });
    return { url, stop: engine.stop };
  });
}
