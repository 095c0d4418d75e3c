import { describe, expect, it } from 'vitest';
import { createAnswerContract, type HeardAnswer } from './answer-contract.ts';

const judge = createAnswerContract();
const ID = 'vf_1a3fk5q2m7x4c6zt2hd3wj5n7pra6y';
const json = (more: Record<string, string> = {}): Headers =>
  new Headers({ 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'r1', ...more });
const problem = (status: number, more: Record<string, string> = {}): Partial<HeardAnswer> => ({
  status,
  headers: json({ 'content-type': 'application/problem+json; charset=utf-8', ...more }),
  text: JSON.stringify({ type: 'about:blank', title: 'Error', status }),
});

const canceled: HeardAnswer = {
  method: 'POST',
  url: `http://127.0.0.1:1/v1/verifications/${ID}/cancel`,
  status: 200,
  headers: json(),
  text: JSON.stringify({ id: ID, status: 'canceled' }),
};
const heard = (change: Partial<HeardAnswer>): string[] => judge({ ...canceled, ...change });

it('has nothing against what the document describes', () => {
  expect(heard({})).toEqual([]);
  expect(heard(problem(404))).toEqual([]);
  expect(heard(problem(503, { 'retry-after': '1' }))).toEqual([]);
});

describe('finds', () => {
  it.each<[string, Partial<HeardAnswer>, string]>([
    ['a status that is not described', { status: 201 }, 'this status is not in the document'],
    ['another content type', { headers: json({ 'content-type': 'text/html' }) }, 'text/html is not application/json'],
    ['a field that is missing', { text: JSON.stringify({ id: ID }) }, 'status'],
    ['a field that is not described', { text: JSON.stringify({ id: ID, status: 'canceled', more: 1 }) }, 'more'],
    ['a word that is not described', { text: JSON.stringify({ id: ID, status: 'gone' }) }, '/status'],
    ['a body that is no JSON', { text: 'canceled' }, 'no JSON'],
    ['an error that is no problem', { status: 404, headers: json() }, 'is not application/problem+json'],
    ['a header that must be there', problem(503), 'Retry-After'],
    ['a success where nothing is', { url: 'http://127.0.0.1:1/v1/nothing' }, 'no such operation'],
    ['another answer to a webhook', { url: 'http://127.0.0.1:1/webhooks/north/a/b', text: '{}' }, 'kept'],
  ])('%s', (_, change, fault) => {
    expect(heard(change)).toEqual([expect.stringContaining(fault)]);
  });

  it('fields that are not described however deep they lie', () => {
    const errors = [{ path: 'to', message: 'must be given', value: '+49' }];
    const text = JSON.stringify({ type: 'about:blank', title: 'Bad Request', status: 400, errors });
    expect(heard({ ...problem(400), text })).toEqual([expect.stringContaining('"additionalProperty":"value"')]);
  });
});

it('lets be what is another’s', () => {
  const headers = new Headers({ 'content-type': 'text/plain' });
  expect(heard({ url: 'http://127.0.0.1:1/webhooks/acme', headers, text: '' })).toEqual([]);
  expect(heard({ url: 'http://127.0.0.1:1/p/north/v1/messages', headers, status: 202, text: '' })).toEqual([]);
});
