import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage, NOTHING, type BuildOptions, type Image } from './build-image.ts';
import { checkContents } from './check-contents.ts';
import { listContext } from './list-context.ts';
import { readDockerfile } from './read-dockerfile.ts';

/** As many as there are cores on a small machine; each is an npm of its own. */
const BUILDS_AT_ONCE = 2;
/** The stage that is the same for all images. */
const SHARED_STAGE = 'init';

export interface Wanted {
  service: string;
  target: string;
}

export interface Built {
  image: Image;
  installedMb: number;
  packages: number;
  tookMs: number;
}

export interface BuildAllOptions {
  /** The clone. */
  root: string;
  folder: string;
  hostEnv: Readonly<Record<string, string>>;
  /** Whether the shared stage can be carried out here: it asks Debian's apt for a package. */
  hasApt: boolean;
  onBuilt: (service: string, built: Built) => void;
}

/** Carries out the Dockerfile for each service. */
export async function buildAll(
  wanted: readonly Wanted[],
  { root, folder, hostEnv, hasApt, onBuilt }: BuildAllOptions,
): Promise<Record<string, Built>> {
  const dockerfile = readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const common = { context: { root, files: listContext(root) }, hostEnv };
  const build = async (target: string, args: Record<string, string>, given: BuildOptions['given']): Promise<Image> =>
    buildImage(dockerfile, { ...common, target, args, given, folder: makeFolder(folder, args['SERVICE'] ?? target) });
  const shared = hasApt ? (await build(SHARED_STAGE, {}, {})).root : NOTHING;

  const built: Record<string, Built> = {};
  const waiting = [...wanted];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const startedMs = performance.now();
      const image = await build(next.target, { SERVICE: next.service }, { [SHARED_STAGE]: shared });
      const tookMs = Math.round(performance.now() - startedMs);
      built[next.service] = {
        image,
        installedMb: sizeOf(image.root),
        packages: checkContents(image, next.service),
        tookMs,
      };
      onBuilt(next.service, built[next.service]!);
    }
  };
  await Promise.all(Array.from({ length: BUILDS_AT_ONCE }, work));
  return built;
}

function makeFolder(...path: [string, string]): string {
  mkdirSync(join(...path));
  return join(...path);
}

function sizeOf(folder: string): number {
  return Number(execFileSync('du', ['-sm', folder], { encoding: 'utf8' }).split('\t')[0]);
}
