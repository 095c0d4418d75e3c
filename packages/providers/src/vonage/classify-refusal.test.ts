import { describe, expect, it } from 'vitest';
import { classifyRefusal, parseRetryAfter } from './classify-refusal.ts';

const classify = (status: number, body: object | string = '', headers: Record<string, string> = {}) =>
  classifyRefusal(
    { status, headers: new Headers(headers), body: typeof body === 'string' ? body : JSON.stringify(body) },
    () => undefined,
  );

describe('an HTTP error', () => {
  it.each([
    [307, 'rejected', 'account'],
    [400, 'rejected', 'content'],
    [401, 'rejected', 'account'],
    [402, 'rejected', 'account'],
    [403, 'rejected', 'account'],
    [404, 'rejected', 'account'],
    [409, 'rejected', 'unknown'],
    [413, 'rejected', 'content'],
    [422, 'rejected', 'content'],
  ])('%d is %s as %s, and not worth another try at the same provider', (status, outcome, error) => {
    expect(classify(status)).toEqual({ outcome, error, retry: false, providerCode: `http_${status}` });
  });

  it.each([
    [408, 'timeout'],
    [429, 'throttled'],
    [500, 'unknown'],
    [503, 'unknown'],
  ])('%d is rejected as %s and worth another try', (status, error) => {
    expect(classify(status)).toEqual({ outcome: 'rejected', error, retry: true, providerCode: `http_${status}` });
  });

  it.each([
    [502, 'unknown'],
    [504, 'timeout'],
    [520, 'unknown'],
    [599, 'unknown'],
  ])('%d, from a proxy that lost the API, is unknown', (status, error) => {
    expect(classify(status, '<html>Bad gateway</html>')).toEqual({
      outcome: 'unknown',
      error,
      providerCode: `http_${status}`,
    });
  });

  it('goes by its status where the code in its type contradicts it, as the vendor’s own example of a 500 does', () => {
    const type = 'https://developer.vonage.com/api-errors/messages#1000';
    const result = classifyRefusal({ status: 500, headers: new Headers(), body: JSON.stringify({ type }) }, () => ({
      error: 'throttled',
      retry: true,
    }));
    expect(result).toMatchObject({ error: 'unknown', providerCode: '500#1000' });
  });

  it.each([{ 'to[0].number': 'bad' }, [{ name: 'to', reason: 'bad' }]])(
    'that finds fault with the recipient (%j) is an invalid number',
    (invalid_parameters) => {
      expect(classify(400, { title: 'Bad Request', invalid_parameters })).toMatchObject({
        error: 'invalid_number',
        retry: false,
      });
    },
  );

  it('that finds fault with another parameter is not the recipient’s', () => {
    expect(classify(400, { invalid_parameters: [{ name: 'token', reason: 'bad' }] })).toMatchObject({
      error: 'content',
    });
  });

  it('never passes on what the body says', () => {
    const type = 'https://example.com/#447700900123 is not a number at all, and this is far too long for a code';
    expect(JSON.stringify(classify(422, { type, detail: '904117' }))).not.toMatch(/447700900123|904117/);
  });
});

describe('Retry-After', () => {
  const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
  it.each([
    [null, undefined],
    ['0', 0],
    ['7', 7_000],
    ['999999', 3_600_000],
    ['Fri, 02 Jan 2026 03:04:15 GMT', 10_000],
    ['Fri, 02 Jan 2026 03:04:00 GMT', 0],
    ['soon', undefined],
  ])('%j is %s ms', (value, ms) => {
    expect(parseRetryAfter(value, NOW_MS)).toBe(ms);
  });
});
