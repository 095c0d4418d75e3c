import { expect, it } from 'vitest';
import { controlKey } from './control.ts';
import { EVENT_EXAMPLES } from './event-examples.ts';
import { parseControl } from './parse-control.ts';
import { CONTROL_TOPIC } from './topics.ts';

const example = EVENT_EXAMPLES[CONTROL_TOPIC];
const key = controlKey(example);
const recordOf = (under: string, value: unknown) => ({ key: under, value: Buffer.from(JSON.stringify(value)) });

it('reads a control with what a newer version adds to it', () => {
  expect(parseControl(recordOf(key, { ...example, new: 1 }))).toMatchObject(example);
});

it('passes over other kinds of controls', () => {
  expect(parseControl(recordOf('key|shop', {}))).toBeUndefined();
});

it.each<[string, string, unknown]>([
  ['of another scope than its key says', controlKey({ country: 'DE' }), example],
  [
    'for a channel that only a newer version knows: it is not for all',
    'route|*|IN|pigeon',
    { ...example, channel: 'pigeon' },
  ],
  ['whose share is none', key, { ...example, tolerance: 2 }],
  ['without who set it', key, { ...example, set_by: undefined }],
])('refuses one %s', (_, under, value) => {
  expect(() => parseControl(recordOf(under, value))).toThrow(expect.objectContaining({ code: 'OTP_BUS_UNPARSABLE' }));
});
