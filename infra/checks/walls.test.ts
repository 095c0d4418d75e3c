import { describe, expect, test } from 'vitest';
import { findImports, judgeImport } from './imports.ts';
import { whyForbidden, type Workspace } from './layers.ts';

const service = (name: string): Workspace => ({ name, kind: 'service' });
const pack = (name: string): Workspace => ({ name, kind: 'package' });
const tool = (name: string): Workspace => ({ name, kind: 'tool' });

describe('layers', () => {
  test.each([
    [pack('otp'), pack('contracts')],
    [pack('verification'), pack('otp')],
    [pack('bus'), pack('verification')],
    [pack('runtime'), pack('bus')],
    [service('verify'), pack('bus')],
    [service('standalone'), service('verify')],
    [service('standalone'), pack('testkit')],
    [service('standalone'), service('carrier-sim')],
    [tool('chaos'), pack('runtime')],
    [tool('chaos'), pack('testkit')],
    [tool('chaos'), service('carrier-sim')],
    [tool('chaos'), service('standalone')],
  ])('%o may use %o', (from, to) => {
    expect(whyForbidden(from, to, 'dependencies')).toBeUndefined();
  });

  test.each([
    [pack('contracts'), pack('otp'), /downwards/],
    [pack('verification'), pack('bus'), /downwards/],
    [pack('bus'), pack('queues'), /downwards/],
    [pack('bus'), pack('bus'), /downwards/],
    [service('verify'), service('ingest'), /standalone only/],
    [pack('runtime'), service('ingest'), /standalone only/],
    [service('verify'), pack('testkit'), /devDependency/],
    [service('delivery'), service('carrier-sim'), /devDependency/],
    [pack('testkit'), pack('bus'), /contracts only/],
    [pack('drawer'), pack('contracts'), /layers\.ts/],
    [pack('runtime'), pack('drawer'), /layers\.ts/],
    [tool('chaos'), service('verify'), /standalone only/],
    [service('verify'), tool('chaos'), /is a tool/],
    [pack('runtime'), tool('chaos'), /is a tool/],
  ])('%o may not use %o', (from, to, why) => {
    expect(whyForbidden(from, to, 'dependencies')).toMatch(why);
  });

  test('tests may use the testkit and the simulator, but no other service', () => {
    expect(whyForbidden(pack('bus'), pack('testkit'), 'devDependencies')).toBeUndefined();
    expect(whyForbidden(service('delivery'), service('carrier-sim'), 'devDependencies')).toBeUndefined();
    expect(whyForbidden(service('delivery'), service('verify'), 'devDependencies')).toMatch(/standalone only/);
  });
});

describe('imports', () => {
  const at = { file: 'src/a/b.ts', own: 'bus', dependencies: ['contracts'], devDependencies: ['testkit'] };

  test('every form of import is seen, with its line', () => {
    const source =
      "import a from 'x';\nimport 'y';\nexport { b } from \"z\";\nconst c = await import('w');\nimport {\n  d,\n} from 'v';\n";
    expect(findImports(source).map(({ specifier, line }) => `${specifier}${line}`)).toEqual([
      'x1',
      'y2',
      'z3',
      'w4',
      'v7',
    ]);
  });

  test.each(['./c.ts', '../c.ts', '../../test/c.ts', 'node:fs', 'kafkajs', '@watchword/contracts'])(
    '%s is fine',
    (specifier) => {
      expect(judgeImport(specifier, at)).toBeUndefined();
    },
  );

  test.each([
    ['../../../otp/src/seal.ts', /leaves the workspace/],
    ['../../../../infra/checks/walls.ts', /leaves the workspace/],
    ['@watchword/contracts/src/ids.ts', /reaches into/],
    ['@watchword/otp', /not in this workspace/],
    ['@watchword/bus', /itself/],
    ['@watchword/testkit', /no test/],
  ])('%s is refused', (specifier, why) => {
    expect(judgeImport(specifier, at)).toMatch(why);
  });

  test('a test may import a devDependency', () => {
    expect(judgeImport('@watchword/testkit', { ...at, file: 'test/integration/a.test.ts' })).toBeUndefined();
    expect(judgeImport('@watchword/testkit', { ...at, file: 'src/a.test.ts' })).toBeUndefined();
  });

  test('a side door opens to those only who may come in by the front', () => {
    const specifier = '@watchword/providers/conformance';
    const test = { ...at, own: 'carrier-sim', devDependencies: ['providers'], file: 'test/a.test.ts' };
    expect(judgeImport(specifier, test)).toBeUndefined();
    expect(judgeImport(specifier, { ...test, file: 'src/a.ts' })).toMatch(/no test/);
    expect(judgeImport(specifier, { ...test, devDependencies: [] })).toMatch(/not in this workspace/);
  });
});
