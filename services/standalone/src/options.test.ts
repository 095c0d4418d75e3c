import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';

it('takes free ports and stays up by default', () => {
  expect(parseOptions([])).toEqual({
    outcome: 'run',
    options: { once: false, port: 0, simulatorPort: 0, dataDir: '.watchword' },
  });
});

it.each([
  [['--port', '70000'], '--port must be a number from 0 to 65535'],
  [['--port', 'x'], '--port must be a number from 0 to 65535'],
  [['--prot', '1'], "'--prot'"],
  [['stray'], "'stray'"],
])('says what is wrong with %j', (args, why) => {
  const parsed = parseOptions(args);
  expect(parsed).toMatchObject({ outcome: 'wrong' });
  expect(parsed.outcome === 'wrong' && parsed.why).toContain(why);
});
