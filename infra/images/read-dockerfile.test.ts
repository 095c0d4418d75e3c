import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { neededStages } from './build-image.ts';
import { listContext } from './list-context.ts';
import { readDockerfile, type Step } from './read-dockerfile.ts';

const dockerfile = readDockerfile(readFileSync('Dockerfile', 'utf8'));
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** Every step that makes an image of a target, in order. */
const stepsOf = (target: string): Step[] => {
  const lineage = [target];
  for (const { name, base } of dockerfile.stages.toReversed()) if (lineage.includes(name)) lineage.push(base);
  return dockerfile.stages.filter(({ name }) => lineage.includes(name)).flatMap(({ steps }) => steps);
};
const last = <K extends Step['kind']>(target: string, kind: K): Extract<Step, { kind: K }> | undefined =>
  stepsOf(target).findLast((step): step is Extract<Step, { kind: K }> => step.kind === kind);

describe('the Dockerfile', () => {
  test('can be put on other bases, and by default on a slim one of Node 24', () => {
    const names = new Set(dockerfile.stages.map(({ name }) => name));
    const bases = dockerfile.stages.map(({ base }) => base).filter((base) => !names.has(base));
    expect(new Set(bases)).toEqual(new Set(['${BASE}', '${BUILD_BASE}']));
    for (const base of Object.values(dockerfile.args)) expect(base).toMatch(/^node:24[\w.]*-\w+-slim$/);
  });

  test.each(['service', 'command'])(
    'a %s is nobody’s process, started by an init process without a shell',
    (target) => {
      expect(last(target, 'user')?.user).toBe('${RUN_UID}:${RUN_UID}');
      const uid = stepsOf(target).find((step) => step.kind === 'arg' && step.name === 'RUN_UID');
      expect(Number((uid as { value?: string }).value)).toBeGreaterThan(10_000);
      expect(last(target, 'entrypoint')?.command).toEqual(['/usr/local/bin/tini', '--', 'node', 'main.mjs']);
    },
  );

  test('nothing on top of the run base needs a shell', () => {
    const commands = stepsOf('service').filter((step) => step.kind === 'run');
    expect(commands.map(({ command }) => command[0])).toEqual(['node']);
  });

  test('asks a service for its health, and not a command', () => {
    expect(last('service', 'healthcheck')?.command).toEqual(['node', 'health.mjs']);
    expect(last('command', 'healthcheck')?.command).toBeUndefined();
  });

  test('carries the version of package.json', () => {
    expect(stepsOf('service')).toContainEqual({ kind: 'arg', name: 'VERSION', value: version });
  });

  test('installs what the lock says, and neither packages for development nor optional ones', () => {
    const install = neededStages(dockerfile, 'install').at(-1);
    const commands = install?.steps.flatMap((step) => (step.kind === 'run' ? [step.command.join(' ')] : [])) ?? [];
    expect(commands.filter((command) => command.includes('npm ci'))).toEqual([
      expect.stringMatching(/npm ci --omit=dev --omit=optional --ignore-scripts$/),
    ]);
  });
});

describe('the build context', () => {
  const files = listContext('.');

  test('has the sources and the lock', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'services/ingest/src/main.ts']));
    expect(files).toContain('infra/images/inside/health.mjs');
  });

  test('has no tests, nothing that was installed, no secret', () => {
    expect(
      files.filter((file) => /\.test\.ts$|\/test\/|node_modules|^\.(env|git|watchword)|\.npmrc$|^docs/.test(file)),
    ).toEqual([]);
  });
});

describe('an instruction that the rehearsal does not know', () => {
  test.each([
    ['an unknown one', 'FROM a AS b\nVOLUME /data', /Dockerfile:2: .*VOLUME/],
    ['a stage without a name', 'FROM a', /Dockerfile:1/],
    ['a copy of several', 'FROM a AS b\nCOPY x y z/', /Dockerfile:2/],
    ['a copy that changes rights', 'FROM a AS b\nCOPY --chmod=755 x y', /Dockerfile:2/],
    ['another secret', 'FROM a AS b\n\nRUN --mount=type=secret,id=x true', /Dockerfile:3/],
    [
      'a mount before a cache',
      'FROM a AS b\nRUN --mount=type=bind,target=/x --mount=type=cache,target=/y true',
      /Dockerfile:2/,
    ],
    ['an entry point for a shell', 'FROM a AS b\nENTRYPOINT node main.mjs', /Dockerfile:2/],
  ])('%s ends it, with its line', (_, text, why) => {
    expect(() => readDockerfile(text)).toThrow(why);
  });
});
