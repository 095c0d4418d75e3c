import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Lists every module of OpenTelemetry that is loaded, but for its API of no-ops, which prom-client imports too. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (url.includes('@opentelemetry')) console.log(url);
  return next(url, context);
} });`)}`;

async function loadedWith(config: string): Promise<string[]> {
  const src = new URL('../', import.meta.url).href;
  const script = `
    await import('${src}index.ts');
    const { openTracing } = await import('${src}tracing/open-tracing.ts');
    const { Registry } = await import('prom-client');
    const rest = { service: 's', instance: 'i', log: {}, metrics: new Registry() };
    await openTracing(${config}, rest);`;
  const args = ['--import', WATCH, '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('../..', import.meta.url) });
  return stdout.split('\n').filter((url) => url !== '' && !url.includes('@opentelemetry/api/'));
}

/** Two processes that load all of the runtime. */
const PATIENCE_MS = 60_000;

test('where tracing is not configured nothing of OpenTelemetry’s SDK is loaded', { timeout: PATIENCE_MS }, async () => {
  expect(await loadedWith('undefined')).toEqual([]);
  const loaded = await loadedWith(`{ otlp: { url: 'http://127.0.0.1:1/v1/traces', headers: {} }, sample: 1 }`);
  expect(loaded.some((url) => url.includes('@opentelemetry/sdk-trace'))).toBe(true);
});
