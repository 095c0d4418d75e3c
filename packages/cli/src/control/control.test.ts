import { controlKey, type Channel, type ControlEvent } from '@watchword/contracts';
import { findControl } from '@watchword/routing';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AskedControl } from './command.ts';
import type { ControlRow, ControlTable } from './control-table.ts';
import { isNarrower, rankOf } from './describe-control.ts';
import { judgeControl, type JudgedConfig } from './judge-control.ts';
import { listControls } from './list.ts';
import { setControl } from './set.ts';
import { unsetControl } from './unset.ts';

const priced = (currency: string) => ({ price: { currency, amount: '0.05', countries: {} } });
const config: JudgedConfig = {
  tenants: [
    { id: 'shop', providers: ['north', 'south', 'bell'] },
    { id: 'bank', providers: ['north'] },
  ],
  providers: [
    { name: 'north', channel: 'sms', ...priced('EUR') },
    { name: 'south', channel: 'sms', countries: ['DE'], ...priced('USD') },
    { name: 'third', channel: 'sms' },
    { name: 'bell', channel: 'voice' },
  ],
};
const asked = (control: Partial<AskedControl>): AskedControl => ({ set_by: 'ada', ...control });
const ceiling = (currency: string) => ({ price_max: { amount: '0.05', currency } });

describe('what could never work is refused', () => {
  it.each<[Partial<AskedControl>, RegExp]>([
    [{ pin: 'nort' }, /no provider "nort". Did you mean north\?/],
    [{ drained: ['pigeon'] }, /There are: north, south, third, bell/],
    [{ tenant: 'shp', pin: 'north' }, /no tenant "shp". Did you mean shop\?/],
    [{ country: 'XX', pin: 'north' }, /no country XX/],
    [{ channel: 'voice', pin: 'north' }, /north sends by sms, not by voice/],
    [{ country: 'FR', weights: { north: 50, south: 50 } }, /south does not serve FR/],
    [{ tenant: 'bank', drained: ['south'] }, /tenant bank may not use south/],
    [{ pin: 'north', drained: ['north'] }, /north cannot be drained and asked for/],
    [{ weights: { north: 50, bell: 50 } }, /one channel; these providers send by sms and voice/],
    [ceiling('GBP'), /priced in GBP: prices are in EUR, USD/],
    [{ channel: 'voice', ...ceiling('EUR') }, /none has a price/],
  ])('%j', (control, why) => {
    expect(judgeControl(asked(control), config).faults.join('\n')).toMatch(why);
  });
});

describe('what may not be meant is said', () => {
  it.each<[Partial<AskedControl>, RegExp[]]>([
    [{ country: 'FR', drained: ['north', 'third'] }, [/Every provider of sms is drained/]],
    [ceiling('EUR'), [/south is priced in USD/, /third has no price/, /bell has no price/]],
    [{ country: 'FR', pin: 'north', drained: ['third'] }, []],
  ])('%j', (control, warnings) => {
    const judged = judgeControl(asked(control), config);
    expect(judged.faults).toEqual([]);
    expect(judged.warnings).toHaveLength(warnings.length);
    for (const [at, warning] of warnings.entries()) expect(judged.warnings[at]).toMatch(warning);
  });
});

it('what is said to be narrower counts for routing', () => {
  const scope = fc.record(
    {
      tenant: fc.constantFrom('shop', 'bank'),
      country: fc.constantFrom('DE', 'FR'),
      channel: fc.constantFrom<Channel>('sms', 'voice'),
    },
    { requiredKeys: [] },
  );
  const to = fc.record({
    tenant: fc.constantFrom('shop', 'bank'),
    country: fc.constantFrom('DE', 'FR'),
    channel: fc.constantFrom<Channel>('sms', 'voice'),
  });
  fc.assert(
    fc.property(scope, scope, to, (one, other, send) => {
      const fit = [one, other].filter((each) => findControl([each], send) !== undefined);
      if (fit.length < 2 || rankOf(one) === rankOf(other)) return;
      expect(findControl([one, other], send)).toBe(isNarrower(one, other) ? one : other);
    }),
  );
});

/** A table in memory, and a terminal that remembers. */
function setUp(...controls: ControlEvent[]) {
  const rows: ControlRow[] = controls.map((control) => ({ key: controlKey(control), control }));
  const lines: string[] = [];
  const written: unknown[] = [];
  const tell = (line: string) => void lines.push(line);
  const table: ControlTable = {
    read: async () => rows,
    set: async (control) => void written.push(control),
    unset: async (scope, by) => void written.push({ scope, by }),
  };
  return { rows, lines, written, table, terminal: { out: tell, err: tell, ask: undefined } };
}

const former: ControlEvent = { country: 'DE', pin: 'south', set_by: 'bob', set_at: 1_000 };

describe('the commands', () => {
  it('set writes who and when, and tells what it replaces and what counts instead', async () => {
    const narrower: ControlEvent = { tenant: 'shop', country: 'DE', drained: ['north'], set_by: 'eve', set_at: 1 };
    const { lines, written, table, terminal } = setUp(former, narrower);
    const control = asked({ country: 'DE', pin: 'north' });
    expect(await setControl(table, config, { control }, terminal, 5_000)).toBe(0);
    expect(written).toEqual([{ country: 'DE', pin: 'north', set_by: 'ada', set_at: 5_000 }]);
    expect(lines).toEqual([
      'Set for DE: pin north.',
      'Before, set by bob: pin south.',
      'For tenant shop, DE something narrower counts: drained north.',
    ]);
  });

  it('set writes nothing of what could never work', async () => {
    const { written, table, terminal } = setUp();
    expect(await setControl(table, config, { control: asked({ pin: 'x' }) }, terminal, 0)).toBe(2);
    expect(written).toEqual([]);
  });

  it('unset takes back exactly what was set', async () => {
    const { lines, written, table, terminal } = setUp(former);
    expect(await unsetControl(table, { scope: {}, by: 'ada' }, terminal)).toBe(1);
    expect(lines[0]).toContain('Nothing is set for everything');
    expect(await unsetControl(table, { scope: { country: 'DE' }, by: 'ada' }, terminal)).toBe(0);
    expect(written).toEqual([{ scope: { country: 'DE' }, by: 'ada' }]);
  });

  it('list shows the narrowest first, and what delivery skips', async () => {
    const { rows, lines, table, terminal } = setUp({ pin: 'north', set_by: 'eve', set_at: 0, reason: 'why' }, former);
    rows.push({ key: 'route|*|FR|*', unreadable: '/set_by must be a text' });
    expect(await listControls(table, { json: false }, terminal, 61_000)).toBe(0);
    expect(lines).toEqual([
      'route|*|FR|* cannot be read, and delivery skips it: /set_by must be a text.',
      'TENANT  COUNTRY  CHANNEL  ASKED FOR  BY   AGE   REASON',
      'all     DE       all      pin south  bob  60 s',
      'all     all      all      pin north  eve  61 s  why',
    ]);
  });
});
