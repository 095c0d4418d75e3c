import Fastify from 'fastify';
import { beforeAll, expect, it } from 'vitest';
import { addReference } from './add-reference.ts';

const app = Fastify();
let html: string;

beforeAll(async () => {
  addReference(app, '1.0.0');
  html = (await app.inject('/docs')).body;
});

const linked = (): string[] => [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!);

it('shows the API from files of its own, each of which is there', async () => {
  const files = linked().filter((url) => url.startsWith('docs/'));
  expect(files).toHaveLength(4);
  const answers = await Promise.all(files.map(async (file) => app.inject(`/${file}`)));
  expect(answers.map(({ statusCode, body }) => [statusCode, body.length > 100])).toEqual(files.map(() => [200, true]));
});

it('names no other host, and lets none in', async () => {
  expect(linked().filter((url) => /^(https?:)?\/\//.test(url))).toEqual([]);
  const policy = String((await app.inject('/docs')).headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

it.each(['/', '/docs/'])('leads from %s to the page, whatever path is before it', async (path) => {
  const answer = await app.inject(path);
  expect(answer.statusCode).toBe(302);
  const base = `http://gateway/otp${path}`;
  expect(new URL(String(answer.headers['location']), base).href).toBe('http://gateway/otp/docs');
});

it('reads the document beside it', async () => {
  const script = linked().find((url) => url.endsWith('/reference.mjs'))!;
  expect((await app.inject(`/${script}`)).body).toContain("url: 'openapi.json'");
  expect((await app.inject('/openapi.json')).json()).toMatchObject({ openapi: '3.1.1', info: { version: '1.0.0' } });
});

it.each(['reference.html', '..%2fadd-reference.ts', '%2e%2e%2f%2e%2e%2fpackage.json'])(
  'serves nothing else: %s',
  async (file) => {
    const [version] = /(?<=docs\/)[0-9a-f]{12}/.exec(html)!;
    expect((await app.inject(`/docs/${version}/${file}`)).statusCode).toBe(404);
    expect((await app.inject('/docs/other/reference.mjs')).statusCode).toBe(404);
  },
);
