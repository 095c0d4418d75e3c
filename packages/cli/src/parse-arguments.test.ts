import { describe, expect, test } from 'vitest';
import { parseArguments } from './parse-arguments.ts';

const run = (...args: string[]) => {
  const parsed = parseArguments(args);
  return parsed.outcome === 'run' ? parsed.command : parsed;
};

describe('the command line', () => {
  test.each<[string[], object]>([
    [['dead', 'list'], { name: 'dead list', limit: 1_000, json: false }],
    [['dead', 'list', '--json', '--topic', 't.dead', '--limit', '5'], { limit: 5, json: true, topic: 't.dead' }],
    [['dead', 'show', 'a.dead/0/1'], { name: 'dead show', ref: 'a.dead/0/1' }],
    [['dead', 'replay', 'a.dead/0/1', 'a.dead/0/2'], { refs: ['a.dead/0/1', 'a.dead/0/2'], all: false }],
    [['dead', 'replay', '--all', '--topic', 'quarantine'], { refs: [], all: true, topic: 'quarantine' }],
    [['recover'], { name: 'recover', sinceMs: 7_200_000, yes: false }],
    [['init'], { name: 'init', dir: '.watchword', listen: '127.0.0.1', simulatorHost: '127.0.0.1', showKey: false }],
    [['init', '--dir', '/a', '--deal', '/b', '--listen', '0.0.0.0'], { dir: '/a', deal: '/b', listen: '0.0.0.0' }],
    [['control', 'list', '--json'], { name: 'control list', json: true }],
    [
      [
        'control',
        'set',
        '--country',
        'IN',
        '--channel',
        'sms',
        '--weights',
        'a=70,b=30',
        '--drain',
        'c, d',
        '--by',
        'ada',
      ],
      { control: { country: 'IN', channel: 'sms', weights: { a: 70, b: 30 }, drained: ['c', 'd'], set_by: 'ada' } },
    ],
    [
      [
        'control',
        'set',
        '--tolerance',
        '0.02',
        '--price-max',
        '0.05EUR',
        '--explore',
        '0',
        '--by',
        'ada',
        '--reason',
        'x',
      ],
      {
        control: {
          tolerance: 0.02,
          price_max: { amount: '0.05', currency: 'EUR' },
          explore: 0,
          set_by: 'ada',
          reason: 'x',
        },
      },
    ],
    [['control', 'unset', '--tenant', 'shop', '--by', 'ada'], { scope: { tenant: 'shop' }, by: 'ada' }],
    [['recover', '--since', '90s', '--bucket', '1f', '--yes'], { sinceMs: 90_000, bucket: 31, yes: true }],
    [['export'], { name: 'export', tables: ['attempts', 'receipts', 'checks', 'outcomes', 'quality'], out: '.' }],
    [['export', '--topic', 'checks,otp.outcome.v1', '--out', 'x'], { tables: ['checks', 'outcomes'], out: 'x' }],
    [['export', '--since', '2026-11-20', '--until', '1h'], { since: { atMs: Date.UTC(2026, 10, 20) } }],
    [['quality', 'chart'], { name: 'quality chart', channel: 'sms', step: 'hour', out: 'quality.svg' }],
    [
      ['quality', 'chart', '--country', 'DE', '--operator', '262-02', '--step', 'day', '--since', '30d'],
      { country: 'DE', operator: '262-02', step: 'day', since: { agoMs: 30 * 86_400_000 } },
    ],
  ])('%j is understood', (args, command) => {
    expect(run(...args)).toMatchObject(command);
  });

  test('names its configuration', () => {
    expect(parseArguments(['dead', 'list', '--config', 'x.yaml', '--verbose'])).toMatchObject({
      options: { config: 'x.yaml', verbose: true },
    });
  });

  test.each<[string[], RegExp]>([
    [['dead'], /no command "dead"/],
    [['bury'], /no command "bury"/],
    [['dead', 'list', 'x'], /takes no "x"/],
    [['dead', 'list', '--yes'], /knows no --yes/],
    [['dead', 'list', '--limit', '0'], /--limit must be/],
    [['dead', 'list', '--colour'], /--colour/],
    [['dead', 'show'], /takes one ref/],
    [['dead', 'replay'], /takes refs/],
    [['dead', 'replay', '--all', 'x.dead/0/1'], /takes refs/],
    [['dead', 'replay', 'x.dead/0/1', '--topic', 't'], /--topic goes with --all/],
    [['control', 'set', '--country', 'IN'], /needs something to ask for/],
    [['control', 'set', '--country', 'de', '--pin', 'a'], /two capital letters.*"de"/],
    [['control', 'set', '--channel', 'fax', '--pin', 'a'], /one of sms, voice, email/],
    [['control', 'set', '--weights', 'a=70,b=20'], /sum to 90 and must sum to 100/],
    [['control', 'set', '--weights', 'a:70'], /like north=70/],
    [['control', 'set', '--weights', 'a=50,a=50'], /names a twice/],
    [['control', 'set', '--drain', 'a,'], /names of providers/],
    [['control', 'set', '--tolerance', '2'], /from 0 to 1/],
    [['control', 'set', '--explore', '0.2'], /from 0 to 0.1/],
    [['control', 'set', '--price-max', '0.05'], /with its currency, like 0.05EUR/],
    [['control', 'set', '--pin', 'a', '--by', ''], /say who asks/],
    [['control', 'set', 'x', '--pin', 'a'], /takes no "x"/],
    [['control', 'unset', '--pin', 'a'], /knows no --pin/],
    [['recover', '--since', '2'], /--since must be/],
    [['recover', '--since', '8d'], /at most 7d/],
    [['recover', '--bucket', '1g'], /--bucket must be/],
    [['init', '--simulator', 'a: b'], /--simulator must be/],
    [['init', 'x'], /takes no "x"/],
    [['recover', '7'], /takes no "7"/],
    [['export', 'attempts'], /tables are named by --topic/],
    [['export', '--topic', 'requests'], /knows no "requests"; it takes attempts, receipts/],
    [['export', '--since', 'yesterday'], /--since must be so long ago/],
    [['export', '--country', 'DE'], /knows no --country/],
    [['quality'], /no command "quality"/],
    [['quality', 'chart', '--country', 'Germany'], /--country must be two capital letters/],
    [['quality', 'chart', '--operator', 'O2'], /--operator must be MCC-MNC/],
    [['quality', 'chart', '--channel', 'fax'], /--channel must be sms, voice or email/],
    [['quality', 'chart', '--step', 'week'], /--step must be minute, hour or day/],
  ])('%j is not, and the reason is told', (args, why) => {
    expect(run(...args)).toMatchObject({ outcome: 'wrong', why: expect.stringMatching(why) });
  });

  test.each([
    [[], 'general'],
    [['--help'], 'general'],
    [['dead', '--help'], 'general'],
    [['dead', 'replay', '--help'], 'dead replay'],
    [['recover', '--help'], 'recover'],
  ])('%j shows the help of %s', (args, usage) => {
    expect(run(...args)).toEqual({ outcome: 'help', usage });
  });
});
