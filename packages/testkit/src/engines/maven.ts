import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Installer } from './apt.ts';
import { DOWNLOAD_TIMEOUT_MS, cacheFolder, fetchOnce, type Fetched } from './fetch-once.ts';
import { findOnPath } from './find-on-path.ts';

/** Pinned: the version that an old Maven takes by itself does not know `unpack -Dartifact`. */
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

interface Tools {
  installer: Installer;
  onProgress: (line: string) => void;
}

/** `<group>:<artifact>:<version>` */
export type Coordinates = `${string}:${string}:${string}`;

/** The folder with the jars of these artefacts and all that they need, from the cache or from Maven Central. */
export function fetchJars(name: string, artefacts: readonly Coordinates[], tools: Tools): Promise<Fetched> {
  return fetchByMaven(name, tools, async (mvn, folder) => {
    const pom = `${folder}.pom.xml`;
    writeFileSync(pom, pomOf(artefacts));
    try {
      await runMaven(mvn, ['-f', pom, `${DEPENDENCY_PLUGIN}:copy-dependencies`, '-DincludeScope=runtime', out(folder)]);
    } finally {
      rmSync(pom);
    }
  });
}

/** The folder with one jar unpacked, from the cache or from Maven Central. */
export function fetchUnpacked(name: string, artefact: Coordinates, tools: Tools): Promise<Fetched> {
  return fetchByMaven(name, tools, (mvn, folder) =>
    runMaven(mvn, [`${DEPENDENCY_PLUGIN}:unpack`, `-Dartifact=${artefact}:jar`, out(folder)]),
  );
}

function out(folder: string): string {
  return `-DoutputDirectory=${folder}`;
}

async function fetchByMaven(
  name: string,
  tools: Tools,
  fetch: (mvn: string, folder: string) => Promise<void>,
): Promise<Fetched> {
  return fetchOnce(name, { ...tools, from: 'Maven Central' }, async (folder) => {
    const mvn = await findMaven(tools.installer);
    if (mvn.outcome === 'missing') return mvn;
    try {
      await fetch(mvn.path, folder);
      return { outcome: 'found', path: folder };
    } catch (error) {
      const { stdout, message } = error as { stdout?: string; message: string };
      const told = stdout?.split('\n').find((line) => line.includes('ERROR'));
      return { outcome: 'missing', reason: `Maven could not fetch ${name}: ${told ?? message}` };
    }
  });
}

async function findMaven(installer: Installer): Promise<Fetched> {
  const path = findOnPath('mvn');
  if (path !== undefined) return { outcome: 'found', path };
  if (installer.unusable !== undefined)
    return { outcome: 'missing', reason: `Maven is missing, ${installer.unusable}` };
  const answer = await installer.install('Maven, to fetch jars', ['maven']);
  return answer.outcome === 'installed'
    ? { outcome: 'found', path: 'mvn' }
    : { outcome: 'missing', reason: `Maven is missing, ${answer.reason}` };
}

async function runMaven(mvn: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(mvn, ['-q', '-B', '-ntp', ...args], { cwd: cacheFolder(), timeout: DOWNLOAD_TIMEOUT_MS });
}

function pomOf(artefacts: readonly Coordinates[]): string {
  const dependencies = artefacts.map((coordinates) => {
    const [group, artefact, version] = coordinates.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${artefact}</artifactId><version>${version}</version></dependency>`;
  });
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    '<groupId>watchword</groupId><artifactId>engines</artifactId><version>1</version>' +
    `<dependencies>${dependencies.join('')}</dependencies></project>\n`
  );
}
