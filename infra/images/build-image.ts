import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Dockerfile, Stage, Step } from './read-dockerfile.ts';

/** The longest step installs a service's packages: seconds, or minutes on a machine that has none of them yet. */
const STEP_MAX_MS = 5 * 60_000;
const OUTPUT_MAX_BYTES = 10 * 1024 * 1024;

/** What an image would hold, as a folder, and what it says about how it is started. */
export interface Image {
  /** Its root folder. */
  root: string;
  workdir: string;
  /** Set by ENV, with paths as they are inside. */
  env: Readonly<Record<string, string>>;
  user: string;
  entrypoint: readonly string[];
  healthcheck: readonly string[] | undefined;
}

export interface BuildOptions {
  target: string;
  /** As by `--build-arg`. */
  args: Readonly<Record<string, string>>;
  /** An empty folder: a root for each stage is made in it. */
  folder: string;
  /** Where the build context is, and which of its files it has. */
  context: { root: string; files: readonly string[] };
  /** The environment of every step: what a base image brings, such as PATH. */
  hostEnv: Readonly<Record<string, string>>;
  /** Stages that are there already, as their root folders: those that cannot be carried out here, and those that are the same for all. */
  given: Readonly<Record<string, string>>;
}

interface State extends Image {
  args: Record<string, string>;
  env: Record<string, string>;
}

/** Carries out the stages that a target needs, in folders instead of layers. @throws Error with the output of a step that fails */
export async function buildImage(dockerfile: Dockerfile, options: BuildOptions): Promise<Image> {
  const built = new Map<string, State>();
  for (const stage of neededStages(dockerfile, options.target)) {
    const given = options.given[stage.name];
    const state = given === undefined ? beginStage(stage, built, options) : { ...emptyState(), root: given };
    built.set(stage.name, state);
    if (given !== undefined) continue;
    for (const step of stage.steps) await carryOut(step, state, built, options);
  }
  return built.get(options.target)!;
}

/** The target and what it is built from, in the order of the file. */
export function neededStages({ stages }: Dockerfile, target: string): Stage[] {
  const needed = new Set([target]);
  for (const stage of stages.toReversed()) {
    if (!needed.has(stage.name)) continue;
    needed.add(stage.base);
    for (const step of stage.steps) if (step.kind === 'copy' && step.from !== undefined) needed.add(step.from);
  }
  return stages.filter(({ name }) => needed.has(name));
}

function emptyState(): State {
  return { root: '', workdir: '/', env: {}, args: {}, user: '0', entrypoint: [], healthcheck: undefined };
}

/** A stage on another one goes on in its folder: one that only declares needs no copy, and no other kind is used. */
function beginStage(stage: Stage, built: ReadonlyMap<string, State>, { folder }: BuildOptions): State {
  const base = built.get(stage.base);
  if (!base) return { ...emptyState(), root: join(folder, stage.name) };
  const writes = stage.steps.some(({ kind }) => kind === 'run' || kind === 'copy');
  if (writes) throw new Error(`the stage ${stage.name} writes into ${stage.base}: the rehearsal does not know that`);
  return { ...base, env: { ...base.env }, args: {} };
}

async function carryOut(
  step: Step,
  state: State,
  built: ReadonlyMap<string, State>,
  options: BuildOptions,
): Promise<void> {
  const filledIn = (text: string): string => fillIn(text, { ...state.env, ...state.args });
  switch (step.kind) {
    case 'arg': {
      const value = options.args[step.name] ?? step.value;
      if (value !== undefined) state.args[step.name] = filledIn(value);
      return;
    }
    case 'env':
      state.env[step.name] = filledIn(step.value);
      return;
    case 'workdir':
      state.workdir = step.path;
      mkdirSync(inside(state, '.'), { recursive: true });
      return;
    case 'user':
      state.user = filledIn(step.user);
      return;
    case 'copy':
      return copy(step, state, built, options);
    case 'run':
      return run(step.command, state, options);
    case 'entrypoint':
      state.entrypoint = step.command;
      return;
    case 'healthcheck':
      state.healthcheck = step.command;
      return;
    case 'declare':
      return;
  }
}

/** `${NAME}`; unset is empty, as for the engine. */
function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
}

function inside({ root, workdir }: Pick<State, 'root' | 'workdir'>, path: string): string {
  return join(root, path.startsWith('/') ? path : join(workdir, path));
}

async function copy(
  { from, source, target }: Extract<Step, { kind: 'copy' }>,
  state: State,
  built: ReadonlyMap<string, State>,
  { context }: BuildOptions,
): Promise<void> {
  const to = inside(state, target);
  if (from === undefined) {
    copyContext(context, source, to);
    return;
  }
  const path = inside(built.get(from)!, source);
  if (!existsSync(path)) {
    if (built.get(from)!.root === NOTHING) return;
    throw new Error(`COPY: there is no ${source} in ${from}`);
  }
  const isFolder = statSync(path).isDirectory();
  mkdirSync(isFolder ? to : dirname(to), { recursive: true });
  // Linked, not copied: an earlier stage is not read any more once a later one writes.
  await promisify(execFile)('cp', ['-al', isFolder ? `${path}/.` : path, to]);
}

/** Given as a stage that this machine cannot make: what would be copied from it is left out. */
export const NOTHING = '/nothing';

function copyContext({ root, files }: BuildOptions['context'], source: string, to: string): void {
  const prefix = source === '.' ? '' : source;
  const wanted = files.filter((file) => file.startsWith(prefix));
  if (wanted.length === 0) throw new Error(`COPY: the context has no ${source}`);
  for (const file of wanted) {
    const path = join(to, file.slice(prefix.length));
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(root, file), path);
  }
}

async function run(command: readonly string[], state: State, { hostEnv }: BuildOptions): Promise<void> {
  const [program = '', ...args] = command;
  try {
    const running = promisify(execFile)(program, args, {
      cwd: inside(state, '.'),
      env: { ...hostEnv, ...state.args, ...relocated(state) },
      timeout: STEP_MAX_MS,
      maxBuffer: OUTPUT_MAX_BYTES,
    });
    running.child.stdin?.end();
    await running;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`RUN ${command.at(-1)}\n${stdout}${stderr}`.trimEnd(), { cause: error });
  }
}

/** The image's variables with the paths of its own folder as they are on this machine. */
export function relocated({ root, workdir, env }: Pick<Image, 'root' | 'workdir' | 'env'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.startsWith(workdir) ? join(root, value) : value]),
  );
}
