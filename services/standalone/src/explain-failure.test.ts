import { BaseError } from '@watchword/contracts';
import { expect, it } from 'vitest';
import { explainFailure } from './explain-failure.ts';

const systemError = (fields: object): Error => Object.assign(new Error('the system’s words'), fields);

it.each<[string, unknown, RegExp]>([
  ['a port that is taken', systemError({ code: 'EADDRINUSE', port: 3000 }), /^port 3000 is taken\. .*--port/],
  ['a privileged port', systemError({ code: 'EACCES', port: 80 }), /^port 80 needs privileges\. .*1023/],
  [
    'a folder of another',
    systemError({ code: 'EACCES', path: '/x' }),
    /^\/x may not be used by this user\. .*--data-dir/,
  ],
  ['a read-only disk', systemError({ code: 'EROFS', path: '/x' }), /^\/x may not be used by this user\. .*--data-dir/],
  ['a fault of ours', new BaseError('OTP_CONFIG_INVALID', 'line 3', { retry: false }), /^line 3$/],
  ['another error', systemError({ code: 'EIO' }), /^the system’s words$/],
  ['a bug, with its place', new TypeError('x is undefined'), /^TypeError: x is undefined\n +at /],
])('explains %s', (_, error, sentence) => {
  expect(explainFailure(error)).toMatch(sentence);
});
