import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Installer } from './apt.ts';
import type { Fetched } from './fetch-once.ts';
import { findOnPath } from './find-on-path.ts';

const JAVA_MAJOR_MIN = 17;
/** Which of them exists depends on the release of Debian or Ubuntu. */
const DEBIAN_PACKAGES = ['openjdk-21-jre-headless', 'openjdk-17-jre-headless', 'openjdk-25-jre-headless'];

/** Java 17 or newer: `JAVA_HOME`, the path, or installed by apt-get. */
export async function findJava(installer: Installer): Promise<Fetched> {
  const home = process.env['JAVA_HOME'];
  const candidates = [...(home ? [join(home, 'bin/java')] : []), findOnPath('java')];
  let reason = `Java ${JAVA_MAJOR_MIN} or newer is missing`;
  for (const path of candidates) {
    const major = path === undefined ? undefined : await javaMajor(path);
    if (path === undefined || major === undefined) continue;
    if (major >= JAVA_MAJOR_MIN) return { outcome: 'found', path };
    reason = `Java ${JAVA_MAJOR_MIN} or newer is missing (${path} is ${major})`;
  }
  if (installer.unusable !== undefined) return { outcome: 'missing', reason: `${reason}, ${installer.unusable}` };
  const answer = await installer.install('Java, for Kafka', DEBIAN_PACKAGES);
  // The alternatives system points /usr/bin/java to the newest one.
  return answer.outcome === 'installed'
    ? { outcome: 'found', path: 'java' }
    : { outcome: 'missing', reason: `${reason}, ${answer.reason}` };
}

/** From the `release` file that every JDK has: starting a JVM only to ask it takes a fifth of a second. */
async function javaMajor(path: string): Promise<number | undefined> {
  try {
    return parseJavaMajor(readFileSync(join(dirname(realpathSync(path)), '../release'), 'utf8'));
  } catch {
    return promisify(execFile)(path, ['-version']).then(
      ({ stderr }) => parseJavaMajor(stderr),
      () => undefined,
    );
  }
}

/** Reads `JAVA_VERSION="17.0.15"` of a release file, or `openjdk version "1.8.0_352"` of `java -version`. */
export function parseJavaMajor(text: string): number | undefined {
  const match = /version[ =]"(?:1\.)?(\d+)/i.exec(text);
  return match ? Number(match[1]) : undefined;
}
