import { createReceiver } from '@watchword/providers';
import { defineService, openState, receiverSettings } from '@watchword/runtime';
import { Counter } from 'prom-client';
import { createReplayGuard } from './guard-replay.ts';
import { createRoutes } from './routes.ts';
import type { WebhookProvider } from './take-webhook.ts';

/** Takes the providers' webhooks: verifies, normalises, publishes, answers 200. */
export const receipts = defineService({
  name: 'receipts',
  keyRoles: [],
  providerSecrets: 'receive',
  start: async (config, { log, metrics, bus, redis, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'receipts', instance, log });
    const counter = new Counter({
      name: 'watchword_receipts_total',
      help: 'Receipts by provider and what became of them; late: the verification is gone, unmatched: no attempt of ours.',
      labelNames: ['provider', 'outcome'],
      registers: [metrics],
    });
    const providers = new Map<string, WebhookProvider>();
    for (const provider of config.providers) {
      const receiver = createReceiver(receiverSettings(provider));
      if (receiver) providers.set(provider.name, { name: provider.name, channel: provider.channel, receiver });
    }
    const routes = createRoutes(
      {
        state,
        replays: createReplayGuard(redis.state, namespace),
        onReceipt: (provider, outcome) => counter.inc({ provider, outcome }),
      },
      providers,
    );
    return { routes, stop: async () => state.close() };
  },
});
