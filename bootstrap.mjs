// `node bootstrap.mjs <script.ts> [args]`: what `npm start` and `npm test` begin with on a fresh clone. Runs on Node 20
// with nothing installed: installs what package-lock.json says if that is not yet so, then runs the script on Node 24.
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNodeAt, isInstalledAt } from './packages/testkit/src/installation.mjs';
import { endingWithParent, waitForLock } from './packages/testkit/src/process-life.mjs';

/** The slowest install seen took half a minute; beyond this another one hangs. */
const INSTALL_TIMEOUT_MS = 10 * 60_000;
/** Ctrl-C reaches this process from the terminal and again from npm, which passes it on: within this time it is one. */
const SAME_SIGNAL_MS = 500;
const PARENT_POLL_MS = 1_000;

const root = dirname(fileURLToPath(import.meta.url));

async function install() {
  if (isInstalledAt(root)) return;
  const lock = await waitForLock(join(root, '.watchword/install.lock'), {
    timeoutMs: INSTALL_TIMEOUT_MS,
    onWait: () => console.log('Another command is installing the dependencies; waiting for it ...'),
  });
  try {
    if (isInstalledAt(root)) return;
    console.log('Installing dependencies as package-lock.json says (about half a minute) ...');
    // npm replaces node_modules, so neither it nor its node may run from there.
    const bin = join(root, 'node_modules/.bin');
    const PATH = (process.env.PATH ?? '')
      .split(delimiter)
      .filter((folder) => folder !== bin)
      .join(delimiter);
    const npm = spawnSync('npm', ['ci', '--include=dev', '--include=optional'], {
      cwd: root,
      env: { ...process.env, PATH },
      stdio: 'inherit',
    });
    if (npm.status !== 0) fail(`npm ci failed${npm.error ? `: ${npm.error.message}` : ''}.`, npm.status ?? 1);
  } finally {
    lock.release();
  }
}

function run(node, script, args) {
  // Its own process group: a Ctrl-C in the terminal comes to it once, through here.
  const line = endingWithParent(node, [resolve(root, script), ...args], 'SIGTERM');
  // Compiled code is kept: with a dozen processes on a small machine compiling is most of a start.
  const env = { NODE_COMPILE_CACHE: join(root, '.watchword/compile-cache'), ...process.env };
  const child = spawn(line.command, line.args, { stdio: 'inherit', detached: true, env });
  const passedOnAt = {};
  const passOn = (signal) => {
    if (Date.now() - (passedOnAt[signal] ?? 0) < SAME_SIGNAL_MS) return;
    passedOnAt[signal] = Date.now();
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
  if (process.env.npm_lifecycle_event !== undefined) whenParentDies(() => passOn('SIGTERM'));
  child.on('error', (error) => fail(`${node} does not run: ${error.message}`, 1));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** npm that is killed outright passes nothing on. Its death shows as another parent. */
function whenParentDies(act) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_POLL_MS);
}

function fail(message, code) {
  console.error(message);
  process.exit(code);
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('usage: node bootstrap.mjs <script.ts> [arguments]', 2);
await install().catch((error) => fail(`The dependencies could not be installed: ${error.message}`, 1));
const node = findNodeAt(root);
if (node.outcome === 'missing') fail(node.message, 1);
run(node.path, script, args);
