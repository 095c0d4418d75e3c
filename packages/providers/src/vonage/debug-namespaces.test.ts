import { expect, it } from 'vitest';
import { debugReveals } from './debug-namespaces.ts';

it.each(['vonage:*', '*', 'app,vonage:auth', 'vonage:server-client', '*:messages', '@vonage/*', 'app vonage*'])(
  'DEBUG=%s reveals secrets',
  (debug) => {
    expect(debugReveals(debug)).toBe(true);
  },
);

it.each([undefined, '', 'app:*', 'kafkajs', '*,-vonage:*,-@vonage/*', '-vonage:*', 'vonage', 'v.nage:auth'])(
  'DEBUG=%s does not',
  (debug) => {
    expect(debugReveals(debug)).toBe(false);
  },
);
