import { waitFor } from '@watchword/testkit';
import { startContainer, type Container } from './container.ts';
import type { ComposeFile } from './read-compose.ts';
import { sendOne } from './send-one.ts';
import type { Stage, StagedContainer } from './stage-product.ts';

/** Eight processes start at once, beside two engines, perhaps on a machine that has other work. */
const HEALTHY_MAX_MS = 180_000;
const HEALTH_POLL_MS = 1_000;

export interface Played {
  name: string;
  healthyMs: number;
  stoppedMs: number;
}

/**
 * Starts what the compose file's profile `app` has of ours, as it says; sends one OTP; looks with the operators' command; stops
 * everything.
 *
 * @throws Error where anything of it fails, with what the container said
 */
export async function playProduct(compose: ComposeFile, stage: Stage): Promise<Played[]> {
  const init = stage.container('init');
  await runOnce(init);
  const apiKey = await runOnce({ ...init, command: showKey(init) });
  const names = Object.entries(compose.services)
    .filter(([name, { build, profiles }]) => build && profiles?.includes('app') && name !== 'init')
    .map(([name]) => name);
  const staged = names.map((name) => stage.container(name));
  const containers = staged.map(startContainer);
  try {
    const startedMs = performance.now();
    const healthyMs = await Promise.all(
      containers.map(async (container, k) => {
        await untilHealthy(container, staged[k]!);
        return Math.round(performance.now() - startedMs);
      }),
    );
    const urls = { ingest: stage.url('ingest'), verify: stage.url('verify'), inbox: stage.url('carrier-sim') };
    await sendOne({ ...urls, apiKey: apiKey.trim() });
    await runOnce({ ...stage.container('watchword'), command: ['dead', 'list'] });
    return await Promise.all(
      containers.map(async (container, k) => ({
        name: container.name,
        healthyMs: healthyMs[k]!,
        stoppedMs: await stopInOrder(container),
      })),
    );
  } finally {
    await Promise.all(containers.map((container) => container.kill()));
  }
}

/** The command that is in docker-compose.yml for whoever wants the API key: the first start's, and nothing but the key told. */
function showKey({ command = [] }: StagedContainer): string[] {
  return ['init', '--dir', command[command.indexOf('--dir') + 1]!, '--show-key'];
}

async function runOnce(staged: StagedContainer): Promise<string> {
  const container = startContainer(staged);
  const code = await container.exited;
  if (code !== 0) throw new Error(`${staged.name} ended with ${code}: ${container.output()}`);
  return container.output();
}

async function untilHealthy(container: Container, { healthcheck = [] }: StagedContainer): Promise<void> {
  let ended: number | NodeJS.Signals | undefined;
  void container.exited.then((code) => (ended = code));
  const isHealthy = async (): Promise<boolean> => ended !== undefined || container.succeeds(healthcheck);
  const wait = { timeoutMs: HEALTHY_MAX_MS, intervalMs: HEALTH_POLL_MS, what: `${container.name} to be healthy` };
  await waitFor(isHealthy, wait).catch((error: Error) => {
    throw new Error(`${error.message}. It said:\n${container.output()}`, { cause: error });
  });
  if (ended !== undefined) throw new Error(`${container.name} ended with ${ended}: ${container.output()}`);
}

async function stopInOrder(container: Container): Promise<number> {
  const { code, tookMs } = await container.stop();
  if (code !== 0) throw new Error(`${container.name} ended with ${code} after SIGTERM: ${container.output()}`);
  return tookMs;
}
