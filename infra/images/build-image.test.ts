import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildImage, NOTHING, relocated, type BuildOptions } from './build-image.ts';
import { readDockerfile } from './read-dockerfile.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'watchword-build-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const TEXT = `
ARG BASE=x
FROM \${BASE} AS tool
WORKDIR /tool
RUN echo tool > it

FROM \${BASE} AS other
RUN exit 1

FROM \${BASE} AS run
ARG NAME=nobody
WORKDIR /place
COPY . .
COPY --from=tool /tool/it /bin/tool
ENV HOME_OF=\${NAME} CACHE=/place/cache
RUN echo "$NAME $HOME_OF $CACHE $HOST" > said
RUN ["node", "-e", "require('node:fs').writeFileSync('by-node', process.cwd())"]
USER 7:\${NAME}
ENTRYPOINT ["node", "main.mjs"]

FROM run AS service
EXPOSE 8080
HEALTHCHECK --interval=1s CMD ["node", "health.mjs"]
`;

const build = (text: string, own: Partial<BuildOptions> = {}) => {
  writeFileSync(join(folder, 'given.txt'), 'given');
  return buildImage(readDockerfile(text), {
    target: 'service',
    args: { NAME: 'somebody' },
    folder: join(folder, 'stages'),
    context: { root: folder, files: ['given.txt'] },
    hostEnv: { PATH: process.env['PATH'] ?? '', HOST: 'host' },
    given: {},
    ...own,
  });
};

test('the instructions that a target needs are carried out, in folders of their own', async () => {
  const image = await build(TEXT);
  const read = (path: string): string => readFileSync(join(image.root, path), 'utf8').trim();
  expect(read('place/given.txt')).toBe('given');
  expect(read('bin/tool')).toBe('tool');
  expect(read('place/by-node')).toBe(join(image.root, 'place'));
  // paths of the image are where its folder is, as long as something runs
  expect(read('place/said')).toBe(`somebody somebody ${join(image.root, 'place/cache')} host`);
  expect(relocated(image)).toEqual({ HOME_OF: 'somebody', CACHE: join(image.root, 'place/cache') });
  expect(image).toMatchObject({
    workdir: '/place',
    user: '7:somebody',
    entrypoint: ['node', 'main.mjs'],
    healthcheck: ['node', 'health.mjs'],
  });
});

test('a step that fails ends it, with what it said', async () => {
  await expect(build(TEXT.replace('echo tool', 'echo broken >&2; exit 3; echo'))).rejects.toThrow(/RUN .*\nbroken/);
});

test('what a stage has not is missed, unless the stage could not be made here', async () => {
  const text = TEXT.replace('/tool/it', '/tool/that');
  await expect(build(text)).rejects.toThrow('there is no /tool/that in tool');
  const { root } = await build(text, { given: { tool: NOTHING }, folder: join(folder, 'without') });
  expect(existsSync(join(root, 'bin/tool'))).toBe(false);
});
