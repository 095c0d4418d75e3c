// Starts the service once while the image is built, so that what Node compiles then is kept (NODE_COMPILE_CACHE): half of
// a start's CPU time. Node keeps it apart for each user id, so the start is by the user that the service will run as; and
// what it kept is then given to root, so that no service can change code that its successor would run.
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A start takes a second. */
const START_MAX_MS = 60_000;
/** No service consists of fewer files: with fewer something was not loaded. */
const FILES_MIN = 100;

const cache = resolve(process.argv[2]);
const uid = Number(process.env.RUN_UID);
const isRoot = process.getuid() === 0;

mkdirSync(cache, { recursive: true });
if (isRoot) chownSync(cache, uid, uid);
const start = spawnSync(process.execPath, ['main.mjs', ...argumentsOf(process.env.SERVICE)], {
  // Without a configuration: the service loads all of its code, says what it lacks and ends.
  env: {
    ...process.env,
    WATCHWORD_CONFIG: '/nowhere/config.yaml',
    CHANNEL: 'sms',
    NODE_COMPILE_CACHE: cache,
    // Found again wherever the folder lies.
    NODE_COMPILE_CACHE_PORTABLE: '1',
  },
  ...(isRoot && { uid, gid: uid }),
  encoding: 'utf8',
  timeout: START_MAX_MS,
});
const said = `${start.stdout}${start.stderr}`;
const endedAsExpected = start.status === 0 || (start.status === 1 && said.includes('/nowhere/config.yaml'));
if (!endedAsExpected) fail(`the first start ended otherwise (${start.status ?? start.signal ?? start.error}): ${said}`);
const entries = readdirSync(cache, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile());
if (files.length < FILES_MIN) fail(`only ${files.length} files were compiled: ${said}`);
if (isRoot) {
  for (const entry of entries) own(join(entry.parentPath, entry.name), entry.isFile() ? 0o444 : 0o555);
  own(cache, 0o555);
}
console.log(`${files.length} files compiled`);

/** What makes a command that would wait, or would load nothing, load its code and end. */
function argumentsOf(service) {
  if (service === 'cli') return ['dead', 'list'];
  return service === 'carrier-sim' ? ['--help'] : [];
}

function own(path, mode) {
  chownSync(path, 0, 0);
  chmodSync(path, mode);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
