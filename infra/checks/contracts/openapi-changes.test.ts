import { renderOpenApi } from '@watchword/contracts';
import { expect, it } from 'vitest';
import { edited, type Edit } from './edited-for-tests.ts';
import { findOpenApiBreaks } from './openapi-changes.ts';

const before = edited(renderOpenApi('1.0.0'));
const breaksOf = (...edits: Edit[]): string[] => findOpenApiBreaks(before, edited(before, ...edits));

const START = 'POST /v1/verifications';
const start = 'paths /v1/verifications post';
const CANCEL = 'POST /v1/verifications/{id}/cancel';
const cancel = 'paths /v1/verifications/{id}/cancel post';
const KEY = `${START} header Idempotency-Key`;
const schemas = 'components schemas';

it('finds nothing where nothing has changed, nor in what only adds', () => {
  expect(breaksOf()).toEqual([]);
  const adding = breaksOf(
    ['info version', '1.1.0'],
    ['paths /v1/factors', { post: { operationId: 'enrol', responses: {} } }],
    ['paths /v1/verifications get', { operationId: 'list', responses: {} }],
    [`${start} responses 418`, { description: 'A teapot' }],
    [`${start} parameters -`, { name: 'X-New', in: 'header', required: false, schema: { type: 'string' } }],
    [`${schemas} StartRequest properties new_one`, { type: 'string' }],
    [`${schemas} SendAnswer properties new_one`, { type: 'string' }],
    [`${schemas} SendAnswer properties status enum -`, 'paused'],
  );
  expect(adding).toEqual([]);
});

it.each<[string, Edit, ...string[]]>([
  ['a path', ['paths /v1/verifications/check'], 'POST /v1/verifications/check: the operation is gone'],
  ['an operation', [start], `${START}: the operation is gone`],
  [
    'an operationId',
    [`${start} operationId`, 'begin'],
    `${START}: it has another operationId, generated clients break`,
  ],
  [
    'an open operation',
    ['paths /.well-known/jwks.json get security'],
    'GET /.well-known/jwks.json: it needs another authorization',
  ],
  [
    'the authorization',
    ['components securitySchemes apiKey scheme', 'basic'],
    'the security scheme apiKey has changed',
  ],
  ['the servers', ['servers 0 url', '/api'], 'servers have changed'],
  ['a parameter that is gone', [`${start} parameters`, []], `${KEY}: the parameter is gone`],
  ['a parameter that must be given', [`${start} parameters 0 required`, true], `${KEY}: it must be given now`],
  [
    'a parameter that takes less',
    [`${start} parameters 0 schema maxLength`, 10],
    `${KEY}: maxLength was 255 and is 10`,
  ],
  [
    'a new parameter that must be given',
    [`${start} parameters -`, { name: 'X', in: 'query', required: true }],
    `${START} query X: it must be given now`,
  ],
  ['a body that is gone', [`${start} requestBody`], `${START} request: a body is no longer taken`],
  [
    'a body where there was none',
    [`${cancel} requestBody`, { required: true }],
    `${CANCEL} request: a body must be given now`,
  ],
  [
    'the body’s content type',
    [`${start} requestBody content`, { 'text/xml': {} }],
    `${START} request: application/json is no longer taken`,
  ],
  [
    'a field that the body must have',
    [`${schemas} StartRequest required`, ['purpose']],
    `${START} request.purpose: it must be given now`,
  ],
  ['a status that is gone', [`${start} responses 202`], `${START} 202: the status is gone`],
  ['a new success', [`${start} responses 200`, {}], `${START} 200: it is a new success`],
  [
    'an answer’s content type',
    [`${start} responses 202 content`, { 'text/xml': {} }],
    `${START} 202: application/json is gone`,
    `${START} 202: it may be text/xml now`,
  ],
  [
    'a header that is gone',
    [`${start} responses 503 headers Retry-After`],
    `${START} 503 Retry-After: the header is gone`,
  ],
  [
    'a field of an answer that is gone',
    [`${schemas} CancelAnswer properties status`],
    `${CANCEL} 200.status: the field is gone`,
  ],
  [
    'a field of an answer that may be absent',
    [`${schemas} CancelAnswer required`, ['id']],
    `${CANCEL} 200.status: it may be absent now`,
  ],
])('tells of a change of %s', (_, edit, ...expected) => {
  expect(breaksOf(edit)).toEqual(expected);
});

it('tells of a header that may be absent now, at every answer that has it', () => {
  const breaks = breaksOf(['components headers Retry-After required', false]);
  expect(breaks).toContain(`${START} 429 Retry-After: it may be absent now`);
  expect(breaks).toContain('GET /v1/verifications/{id} 503 Retry-After: it may be absent now');
});

it.each([{ type: 'integer' }, { type: 'null' }, { type: 'object' }, {}])(
  'tells of words in an answer that are %j now, though new words are no break',
  (now) => {
    expect(breaksOf([`${schemas} Verification properties status`, now])).toContainEqual(
      expect.stringMatching(/\.status: its type was string and is /),
    );
  },
);
