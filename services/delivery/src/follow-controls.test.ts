import type { FollowOptions } from '@watchword/bus';
import { controlKey, type ControlEvent } from '@watchword/contracts';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followControls } from './follow-controls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const control: ControlEvent = {
  country: 'DE',
  pin: 'south',
  price_max: { amount: '0.05', currency: 'EUR' },
  set_by: 'ada',
  set_at: 1,
};

/** A bus whose Kafka tells the table when the test does. */
function setUp() {
  const known = Promise.withResolvers<'read'>();
  let told: FollowOptions<ControlEvent>['onTable'] | undefined;
  let current = false;
  const metrics = new Registry();
  const following = followControls(
    {
      bus: {
        follow: (options) => {
          told = options.onTable as unknown as NonNullable<typeof told>;
          return { known: known.promise, isCurrent: () => current, stop: async () => undefined };
        },
      },
      log: pino({ level: 'silent' }),
      metrics,
    },
    async (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  );
  const tell = (...controls: ControlEvent[]): void => {
    told!(new Map(controls.map((each) => [controlKey(each), each])));
    current = true;
    known.resolve('read');
  };
  return { following, tell, metrics };
}

it('waits for what is asked for, and hands on each table as the router takes it', async () => {
  const { following, tell, metrics } = setUp();
  tell(control);
  const { controls } = await following;
  expect(controls()).toEqual([{ country: 'DE', pin: 'south', priceMax: 0.05, currency: 'EUR' }]);
  expect(await metrics.metrics()).toMatch(/^watchword_controls 1\n[^]*^watchword_controls_current 1$/m);
  tell();
  expect(controls()).toEqual([]);
});

it('without Kafka begins after three seconds with nothing, says so, and takes over what comes later', async () => {
  const { following, tell, metrics } = setUp();
  let begun = false;
  void following.then(() => (begun = true));
  await vi.advanceTimersByTimeAsync(2_900);
  expect(begun).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(begun).toBe(true);
  const { controls } = await following;
  expect(controls()).toEqual([]);
  expect(await metrics.metrics()).toContain('watchword_controls_current 0');
  tell(control);
  expect(controls()).toHaveLength(1);
});
