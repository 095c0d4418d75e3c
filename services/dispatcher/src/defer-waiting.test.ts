import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { deferWaiting } from './defer-waiting.ts';

const BUCKET = 7;
/** @param inLine who waits, and how long each may be left alone */
function bench(inLine: Readonly<Record<string, number>>, fails = false) {
  const deferred: unknown[] = [];
  const offered: string[] = [];
  const lines: string[] = [];
  const work = deferWaiting(
    {
      wants: () => 200,
      offer: (_, due) => void offered.push(...due.map(({ id, kind }) => `${id}|${kind}`)),
      stop: async () => undefined,
    },
    {
      store: {
        deferAdmitted: async (...call) => {
          if (fails) throw new Error('away');
          deferred.push(call);
        },
      },
      gate: { waits: (id) => inLine[id] },
      log: pino({}, { write: (line) => void lines.push(line) }),
    },
  );
  return { work, deferred, offered, lines };
}

describe('deadlines of those that wait in line', () => {
  it('are put off together, and nobody looks at them; all others are looked at', async () => {
    const { work, deferred, offered } = bench({ a: 10_000, b: 10_000, c: 60_000 });
    work.offer(BUCKET, [
      { id: 'a', kind: 'admitted' },
      { id: 'x', kind: 'admitted' },
      { id: 'b', kind: 'admitted' },
      { id: 'c', kind: 'admitted' },
    ]);
    await work.stop();
    expect(deferred).toEqual([
      [BUCKET, ['a', 'b'], 10_000],
      [BUCKET, ['c'], 60_000],
    ]);
    expect(offered).toEqual(['x|admitted']);
  });

  it('but for the first send’s are looked at: somebody may have asked for something, or the life may be over', async () => {
    const { work, deferred, offered } = bench({ a: 10_000 });
    work.offer(BUCKET, [
      { id: 'a', kind: 'step' },
      { id: 'a', kind: 'life' },
    ]);
    await work.stop();
    expect(deferred).toEqual([]);
    expect(offered).toEqual(['a|step', 'a|life']);
  });

  it('stay due where Redis does not take it, which is told', async () => {
    const { work, lines } = bench({ a: 10_000 }, true);
    work.offer(BUCKET, [{ id: 'a', kind: 'admitted' }]);
    await work.stop();
    expect(lines.join('')).toContain('waiting sends could not be put off');
  });
});
