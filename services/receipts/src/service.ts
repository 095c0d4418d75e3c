import { createOperatorOfNetwork } from '@watchword/policy';
import { createReceiver } from '@watchword/providers';
import { defineService, openState, receiverSettings } from '@watchword/runtime';
import { countReceipts } from './metrics.ts';
import { createReplayGuard } from './guard-replay.ts';
import { createRoutes } from './routes.ts';
import type { WebhookProvider } from './take-webhook.ts';

/** Takes the providers' webhooks: verifies, normalises, publishes, answers 200. */
export const receipts = defineService({
  name: 'receipts',
  keyRoles: [],
  providerSecrets: 'receive',
  start: async (config, { log, metrics, bus, redis, spans, instance }) => {
    const { region } = config;
    const { namespace } = config.redis;
    const state = openState({ redis: redis.state, bus, namespace, region, role: 'receipts', instance, log, metrics });
    const providers = new Map<string, WebhookProvider>();
    for (const provider of config.providers) {
      const receiver = createReceiver(receiverSettings(provider));
      if (receiver) providers.set(provider.name, { name: provider.name, channel: provider.channel, receiver });
    }
    const routes = createRoutes(
      {
        state,
        replays: createReplayGuard(redis.state, namespace),
        operatorOfNetwork: createOperatorOfNetwork(),
        ...countReceipts(metrics),
        spans,
      },
      providers,
    );
    return { routes, stop: async () => state.close() };
  },
});
