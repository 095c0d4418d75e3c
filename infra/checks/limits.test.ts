import { describe, expect, test } from 'vitest';
import { readLimits, renderLimits, renderValue } from './limits.ts';

const SOURCE = `import { x } from './x.ts';

/** A person waits. */
export const CALL_MAX_MS = 1_500;
const BARE_MAX = 3;
/**
 * Doubling, so that
 * many come back apart.
 */
const RETRY = { firstMs: 100, maxMs: 5_000 };
const DAY_MS = 86_400_000;
const NAME = 'x';
const NOTHING = { admitted: 0, lease: 0 };
/** Of a kind. */
const COMMAND_TIMEOUT_MS = { api: 1500, background: 3000 } as const;
// Spread over lines.
const WIDE_BYTES =
  4 * 1024 * 1024;
  const INNER_MAX = 4;
`;

describe('bounds', () => {
  test('are the constants at the top of a file that say what they count, with the comment above them', () => {
    const found = readLimits('packages/x/src/x.ts', SOURCE).map(({ name, reason }) => [name, reason]);
    expect(found).toEqual([
      ['CALL_MAX_MS', 'A person waits.'],
      ['BARE_MAX', ''],
      ['RETRY', 'Doubling, so that many come back apart.'],
      ['COMMAND_TIMEOUT_MS', 'Of a kind.'],
      ['WIDE_BYTES', 'Spread over lines.'],
    ]);
  });

  test('are read from scripts, too', () => {
    const found = readLimits('packages/x/src/x.lua', '-- Long enough.\nlocal KEPT_MS = 600000\nlocal other = 1\n');
    expect(found).toMatchObject([{ name: 'KEPT_MS', value: '600000', reason: 'Long enough.' }]);
  });

  test.each([
    ['A_MS', '15_000', '15 s'],
    ['A_MS', '7 * 24 * 3_600_000', '7 d'],
    ['A_MS', '250', '250 ms'],
    ['A_BYTES', '64 * 1024', '64 KiB'],
    ['A_MAX', '2_000', '2,000'],
    ['A_MAX_SECONDS', '90', '90 s'],
    ['RETRY', '{ firstMs: 100, maxMs: 5_000 }', 'first 100 ms, max 5 s'],
    ['COMMAND_TIMEOUT_MS', '{ api: 1500, background: 3000 } as const', 'api 1.5 s, background 3 s'],
  ])('%s = %s is %s', (name, value, rendered) => {
    expect(renderValue({ name, value })).toBe(rendered);
  });

  test('without a reason are named', () => {
    expect(() => renderLimits(readLimits('packages/x/src/x.ts', SOURCE))).toThrow(/packages\/x\/src\/x\.ts: BARE_MAX$/);
  });
});
