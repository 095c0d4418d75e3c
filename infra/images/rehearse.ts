// `npm run images`: what `docker compose up --build` would do, where no container engine runs. The Dockerfile's instructions
// are carried out for every service of docker-compose.yml, each in empty folders; then the product is started from these as the
// compose file says, sends one OTP and is stopped. No image is made. `npm run images -- ingest` carries out that one's
// instructions and starts nothing.
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEngines } from '@watchword/testkit';
import { buildAll, type Built, type Wanted } from './build-all.ts';
import { findIsolation, type Isolation } from './container.ts';
import { playProduct } from './play-product.ts';
import { readCompose, type ComposeFile } from './read-compose.ts';
import { stageProduct } from './stage-product.ts';

const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const LEFT_OUT: Record<Isolation, string | undefined> = {
  namespaces: undefined,
  user: 'a read-only file system, a pid 1 of its own and giving up capabilities (no namespaces here)',
  none: 'another user, a read-only file system and a pid 1 of its own (this needs root)',
};

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const say = (line: string): void => console.log(line);

/** Below /var/tmp: /tmp is the containers' own, and whoever they run as must get there. */
const scratch = mkdtempSync('/var/tmp/watchword-images-');
chmodSync(scratch, 0o755);
const cleanUp = (): void => rmSync(scratch, { recursive: true, force: true });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.once('exit', cleanUp);

const compose = readCompose(join(root, 'docker-compose.yml'));
const asked = process.argv.slice(2);
const startedMs = performance.now();
try {
  const built = await build(wantedOf(compose, asked));
  if (asked.length === 0) await play(compose, built);
  say(
    `Rehearsed in ${Math.round((performance.now() - startedMs) / 1000)} s. No image was built: this is what one would do.`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function wantedOf({ services }: ComposeFile, names: readonly string[]): Wanted[] {
  const all = new Map<string, Wanted>();
  for (const { build: how } of Object.values(services)) {
    const service = how?.args['SERVICE'];
    if (service !== undefined) all.set(service, { service, target: how?.target ?? 'service' });
  }
  const unknown = names.filter((name) => !all.has(name));
  if (unknown.length > 0) throw new Error(`there is no image of ${unknown.join(', ')}: ${[...all.keys()].join(', ')}`);
  return [...all.values()].filter(({ service }) => names.length === 0 || names.includes(service));
}

/** Node 24 and npm are the base image's part: here they are this process's Node and the machine's npm. */
async function build(wanted: readonly Wanted[]): Promise<Record<string, Built>> {
  const bin = makeFolder('bin');
  copyFileSync(process.execPath, join(bin, 'node'));
  const hasApt = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (!hasApt) say('Left out: tini, which apt-get fetches as root');
  return buildAll(wanted, {
    root,
    folder: makeFolder('build'),
    hasApt,
    hostEnv: baseEnvironment(bin),
    onBuilt: (service, { installedMb, packages, tookMs }) =>
      say(`${service.padEnd(12)} ${installedMb} MB, ${packages} packages, no tests; put together in ${tookMs} ms`),
  });
}

function makeFolder(name: string): string {
  mkdirSync(join(scratch, name));
  return join(scratch, name);
}

/** What the machine needs to reach its registry, and nothing of the npm or the Node that started this. */
function baseEnvironment(bin: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm|NODE)_/i.test(name) ||
      /^NODE_EXTRA_CA_CERTS$|^npm_config_(registry|cafile|userconfig|globalconfig|cache)$/.test(name),
  );
  const folders = (process.env['PATH'] ?? SYSTEM_PATH)
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'));
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: [bin, ...folders].join(delimiter) };
}

async function play(file: ComposeFile, built: Readonly<Record<string, Built>>): Promise<void> {
  const isolation = findIsolation();
  if (LEFT_OUT[isolation] !== undefined) say(`Left out: ${LEFT_OUT[isolation]}`);
  // Engines of its own: on given ones the messages of whoever uses them would come here.
  delete process.env['REDIS_URL'];
  delete process.env['KAFKA_BROKERS'];
  const engines = await startEngines({ dataDir: join(scratch, 'engines'), keepData: false, onProgress: say });
  try {
    const images = Object.fromEntries(Object.entries(built).map(([service, { image }]) => [service, image]));
    const folder = makeFolder('containers');
    const path = `${join(scratch, 'bin')}:${SYSTEM_PATH}`;
    const stage = await stageProduct({ compose: file, images, engines, folder, isolation, path });
    for (const { name, healthyMs, stoppedMs } of await playProduct(file, stage))
      say(`${name.padEnd(15)} healthy after ${healthyMs} ms, stopped in order in ${stoppedMs} ms`);
    say('One OTP went through all of them: started, received, approved.');
  } finally {
    await engines.stop();
  }
}
