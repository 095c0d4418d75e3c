import type { Cell } from '@watchword/routing';
import { expect, it } from 'vitest';
import { breakerName, type StoredBreaker } from './breaker-store.ts';
import { viewBreakers } from './view-breakers.ts';

const CELL: Cell = { provider: 'north', channel: 'email', country: '', operator: '' };
const OPEN_UNTIL_MS = 1_790_000_000_000;
const tripped: StoredBreaker = {
  breaker: { tripped: true, openUntilMs: OPEN_UNTIL_MS, openings: 1, probeUntilMs: 0 },
  text: '',
};
const storeOf = (name: string) => ({ readChanged: async () => new Map([[name, tripped]]) });

it.each([breakerName.provider('north'), breakerName.cell(CELL), breakerName.soft(CELL)])(
  'a cell is as open as %s is',
  async (name) => {
    const view = viewBreakers(storeOf(name));
    const breakers = [(await view.read(OPEN_UNTIL_MS - 1))(CELL), (await view.read(OPEN_UNTIL_MS))(CELL)];
    expect(breakers).toEqual(['open', 'half_open']);
    expect((await view.read(0))({ ...CELL, provider: 'south' })).toBe('closed');
  },
);

it('all are closed where breakers are switched off, whatever Redis still has', async () => {
  expect((await viewBreakers(undefined).read(0))(CELL)).toBe('closed');
});
