import { waitFor } from '@watchword/testkit';
import { expect, test } from 'vitest';
import type { Spans } from '../spans.ts';
import { startTestTracing, type TestTracing } from '../../../test/start-test-tracing.ts';

const AWAY = 'the collector does not take traces';
const BACK = 'the collector takes traces again';

function make(spans: Spans, count: number): void {
  const origin = { from: 'outside', traceparent: undefined, mayBegin: true } as const;
  for (let i = 0; i < count; i++) spans.open({ name: 's', kind: 'internal', origin, attributes: {} })!.end();
}

async function counted({ metrics }: TestTracing, outcome: string): Promise<number> {
  const metric = await metrics.getSingleMetric('watchword_trace_spans_total')!.get();
  return metric.values.find(({ labels }) => labels['outcome'] === outcome)?.value ?? 0;
}

function said({ lines }: TestTracing): string[] {
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
}

test('a collector that refuses is told of once, and once when it takes traces again; what it refused is counted', async () => {
  const tracing = await startTestTracing();
  tracing.collector.answer(400);
  for (const refused of [1, 2, 3]) {
    make(tracing.spans, 1);
    const all = async (): Promise<boolean> => (await counted(tracing, 'failed')) === refused;
    await waitFor(all, { timeoutMs: 5_000, what: 'an export that failed' });
  }
  expect(said(tracing)).toEqual([AWAY]);
  expect(tracing.lines[0]).toContain('"reason":"400"');
  tracing.collector.answer(200);
  make(tracing.spans, 2);
  await tracing.collected(2);
  await waitFor(async () => (await counted(tracing, 'exported')) === 2, { timeoutMs: 5_000, what: 'their count' });
  expect(said(tracing)).toEqual([AWAY, BACK]);
  expect(tracing.lines.join()).not.toContain('hunter2');
});

test('while a collector hangs only so many spans wait, the others are dropped and counted, and a shutdown has its bound', async () => {
  const tracing = await startTestTracing();
  tracing.collector.answer('hang');
  make(tracing.spans, 512);
  await waitFor(() => tracing.collector.bodies().length > 0, { timeoutMs: 5_000, what: 'the first export' });
  make(tracing.spans, 4_096 + 10);
  expect(await counted(tracing, 'dropped')).toBe(10);
  const begun = performance.now();
  await tracing.close();
  expect(performance.now() - begun).toBeGreaterThan(2_900);
  expect(performance.now() - begun).toBeLessThan(4_500);
});

test('all that waits is sent at the shutdown, however much it is', async () => {
  const tracing = await startTestTracing();
  make(tracing.spans, 4_096);
  await tracing.close();
  expect(tracing.collector.spans()).toHaveLength(4_096);
  expect(await counted(tracing, 'exported')).toBe(4_096);
});
