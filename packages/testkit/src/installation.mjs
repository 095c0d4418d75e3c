// Is node_modules what package-lock.json says? Plain JavaScript: bootstrap.mjs asks before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Node 24 is the first that runs the services' TypeScript as it is. */
const NODE_MAJOR_MIN = 24;

/**
 * Compares the lock with npm's own record of what it installed (node_modules/.package-lock.json, written when an install
 * has succeeded), so that an install by hand, by CI or by this project are all recognised. Optional packages of other
 * platforms may be absent.
 */
export function isInstalled(lock, record) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true;
    const present = record.packages[path];
    if (!present) return wanted.optional === true;
    return present.version === wanted.version && present.integrity === wanted.integrity;
  });
}

export function isInstalledAt(root) {
  try {
    const read = (path) => JSON.parse(readFileSync(join(root, path), 'utf8'));
    return isInstalled(read('package-lock.json'), read('node_modules/.package-lock.json'));
  } catch {
    return false;
  }
}

/** The Node that the project brings, else the one at hand if it is new enough. */
export function chooseNode({ broughtPath, currentPath, currentVersion }) {
  if (broughtPath !== undefined) return { outcome: 'found', path: broughtPath };
  if (Number(currentVersion.split('.')[0]) >= NODE_MAJOR_MIN) return { outcome: 'found', path: currentPath };
  return {
    outcome: 'missing',
    message:
      `Watchword runs on Node ${NODE_MAJOR_MIN} or newer; this is ${currentVersion}. On Linux (x64, arm64) npm brings the right one;\n` +
      `here there is no such package: install Node ${NODE_MAJOR_MIN} (https://nodejs.org) and run the same command again.`,
  };
}

export function findNodeAt(root) {
  const brought = join(root, 'node_modules/.bin/node');
  return chooseNode({
    broughtPath: existsSync(brought) ? brought : undefined,
    currentPath: process.execPath,
    currentVersion: process.versions.node,
  });
}
