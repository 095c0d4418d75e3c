import { expect, it } from 'vitest';
import { broken, GOOD, messages, parse } from './config-for-tests.ts';

const withProvider = (lines: string): string => GOOD.replace('    from: Watchword\n', () => lines);
const routing = (lines: string): string => `routing:\n${lines}\n`;

it.each<[string, string, RegExp]>([
  [
    'a country for which no sender is registered',
    `${GOOD}${routing('  registered_only: [SG]')}`,
    /registered_only.*SG.*No text could go to SG/s,
  ],
  [
    'a sender that DLT cannot have registered',
    withProvider('    from: Watchword\n    registered_in: [IN]\n'),
    /header of six.*Watchword/s,
  ],
  [
    'a region that no provider has',
    `${withProvider('    from: Watchword\n    data_region: eu\n')}${routing('  residency: { DE: [ue] }')}`,
    /residency.*ue.*mean eu/s,
  ],
  [
    'a tenant in whose regions nobody serves its channel',
    broken('    brand: The Shop\n', '    brand: The Shop\n    data_regions: [eu]\n'),
    /data_regions.*none has one/s,
  ],
  [
    'a channel of a tenant that nobody in its regions serves',
    withProvider(`    from: Watchword
    data_region: us
  - { name: post, type: smtp, host: mail.example.com, from: a@example.com }
`).replace('    brand: The Shop\n', '    brand: The Shop\n    channels: [sms, email]\n    data_regions: [us]\n'),
    /data_regions.*sends by email there/s,
  ],
])('tells of %s', (_, text, expected) => {
  expect(messages(text).join('\n')).toMatch(expected);
});

it('takes what fits together', () => {
  const text = withProvider(
    '    from: WTCHWD\n    registered_in: [IN]\n    data_region: eu\n    max_per_second: 0.5\n',
  );
  const parsed = parse(`${text}${routing('  registered_only: [IN]\n  residency: { DE: [eu] }')}`);
  expect(parsed).toMatchObject({
    outcome: 'valid',
    config: {
      routing: { registeredOnly: ['IN'], residency: { DE: ['eu'] }, breakers: true },
      providers: [{ registeredIn: ['IN'], dataRegion: 'eu', maxPerSecond: 0.5 }],
    },
  });
});
