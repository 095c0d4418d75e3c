import { expect, test } from 'vitest';
import { SteadySentinelConnector } from './steady-sentinel.ts';

test('what listened for a failover of the former connection is gone before the next one is made', async () => {
  const connector = new SteadySentinelConnector({
    name: 'master',
    sentinels: [{ host: '127.0.0.1', port: 1 }],
    sentinelRetryStrategy: () => null,
  });
  const told: string[] = [];
  Object.assign(connector, { failoverDetector: { cleanup: () => told.push('ended') } });
  await expect(connector.connect(() => told.push('refused'))).rejects.toThrow('All sentinels are unreachable');
  expect(told).toEqual(['ended', 'refused']);
});
