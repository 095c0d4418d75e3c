import { expect, test } from 'vitest';
import { EVENT_EXAMPLES } from './event-examples.ts';
import { parseEvent } from './parse-event.ts';
import { qualityCell, qualityEventId, type QualityEvent } from './quality-event.ts';
import { QUALITY_TOPIC } from './topics.ts';

const example: QualityEvent = EVENT_EXAMPLES[QUALITY_TOPIC];
const parse = (event: object) => parseEvent(QUALITY_TOPIC, Buffer.from(JSON.stringify(event)));

test('the cell is the key, and names no operator where none is known', () => {
  expect(qualityCell(example)).toBe('sms|north|DE|262-01');
  expect(qualityCell({ channel: 'email', provider: 'mail', country: '', operator: '' })).toBe('email|mail||');
});

test('the same revision of a minute is the same event, a later revision another one', () => {
  expect(qualityEventId(example)).toBe('sms|north|DE|262-01.1789999980000.2');
  expect(qualityEventId({ ...example, converted: 97, revision: 3 })).toBe('sms|north|DE|262-01.1789999980000.3');
});

test('a cell that was never scored needs neither score nor times', () => {
  const { minute, revision, provider, channel, country, operator } = example;
  const counts = { submitted: 1, withdrawn: 0, converted: 0, delivered: 0, undelivered: 0, errors: {} };
  const bare = { minute, revision, provider, channel, country, operator, ...counts };
  expect(parse({ ...bare, breaker: 'closed', fake_receipts: false })).toMatchObject(bare);
});

test('a class of errors that a later version counts is let through, a share above 1 is not', () => {
  expect(parse({ ...example, errors: { ported: 3 } })).toMatchObject({ errors: { ported: 3 } });
  expect(() => parse({ ...example, conversion: 1.2 })).toThrow(/conversion/);
});
