import { readFileSync } from 'node:fs';
import { PATHS, type PathSpec } from '@watchword/contracts';
import { describe, expect, test } from 'vitest';
import { FALLBACK_SERVICE, gatewayRules } from './render-gateway.ts';

const serviceOf = (path: string): string =>
  gatewayRules().find((rule) => rule.path.test(path))?.service ?? FALLBACK_SERVICE;

describe('the gateway', () => {
  test.each(Object.entries(PATHS as Record<string, PathSpec>))(
    'leads %s to the service that serves it',
    (_, { path, service }) => {
      const asked = path.replaceAll(/\{\w+\}/g, 'vf_1a00abcdefghijklmnopqrstuvwx').replace('*', 'status/of/it');
      expect(serviceOf(asked)).toBe(service);
    },
  );

  test.each(['/openapi.json', '/docs', '/v1/verifications/a/b/check', '/v1/verifications/a/checks'])(
    'leaves %s to ingest',
    (path) => {
      expect(serviceOf(path)).toBe('ingest');
    },
  );

  test('shows no probes and no metrics', () => {
    expect(readFileSync('infra/gateway/nginx.conf', 'utf8')).toContain(
      'location ~ ^/(metrics|livez|readyz)$ { return 404; }',
    );
  });
});
