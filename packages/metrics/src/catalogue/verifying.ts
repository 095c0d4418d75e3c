import { OUTCOMES } from '@watchword/contracts';
import { defineMetrics } from '../spec.ts';
import { VERIFY_SECONDS } from './buckets.ts';

/** Checks, and how verifications end. */
export const verifyingMetrics = defineMetrics({
  checks: {
    name: 'watchword_checks_total',
    type: 'counter',
    unit: 'checks',
    help: 'Checks: approved, wrong, failed (the last wrong one), locked, final (ended before), unknown, recovering (503).',
    labels: { outcome: ['approved', 'wrong', 'failed', 'locked', 'final', 'unknown', 'recovering'] },
  },
  outcomes: {
    name: 'watchword_outcomes_total',
    type: 'counter',
    unit: 'verifications',
    help: 'How verifications ended. Channel and provider are those whose code was typed, so only of approved ones.',
    labels: { outcome: OUTCOMES, channel: 'channelOrNone', provider: 'providerOrNone' },
    follows: ['channel'],
  },
  timeToVerify: {
    name: 'watchword_time_to_verify_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the admission of a verification to its approval, by Redis’ clock, and the channel and provider of the code that was typed.',
    labels: { channel: 'channelOrNone', provider: 'providerOrNone' },
    follows: ['channel'],
    buckets: VERIFY_SECONDS,
  },
});
