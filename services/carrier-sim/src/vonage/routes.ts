import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Channel } from '@watchword/contracts';
import { recordRefusal } from '../carry.ts';
import type { VonageProviderConfig } from '../config.ts';
import type { Network } from '../network.ts';
import type { Providers, SimProvider } from '../providers.ts';
import { isAuthorized } from './auth.ts';
import { claimedFields } from './claimed-fields.ts';
import { placeCall } from './place-call.ts';
import { PROBLEMS, sendProblem } from './problem.ts';
import { sendMessage } from './send-message.ts';

type ProviderRequest = FastifyRequest<{ Params: { provider: string } }>;
type Handle = typeof sendMessage;

/** Vonage's Messages and Voice APIs for every virtual account: `/p/<name>` is what the SDK gets as `apiHost`. */
export function registerVonage(app: FastifyInstance, network: Network, providers: Providers): void {
  void app.register(
    async (vonage) => {
      vonage.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
        if (error.statusCode !== undefined && error.statusCode < 500) return sendProblem(reply, PROBLEMS.invalidJson);
        network.log.error({ err: error }, 'a simulated API failed');
        return sendProblem(reply, PROBLEMS.internal);
      });
      vonage.setNotFoundHandler((_request, reply) => sendProblem(reply, PROBLEMS.notFound));
      vonage.post('/v1/messages', serve('sms', 'jwt_or_basic', sendMessage));
      vonage.post('/v1/calls', serve('voice', 'jwt', placeCall));
    },
    { prefix: '/p/:provider' },
  );

  function serve(channel: Channel, credentials: 'jwt' | 'jwt_or_basic', handle: Handle) {
    return async (request: ProviderRequest, reply: FastifyReply) => {
      const provider = providers.get(request.params.provider);
      if (!isVonage(provider)) return sendProblem(reply, PROBLEMS.notFound);
      if (!isAuthorized(request.headers.authorization, provider.config, credentials)) {
        recordRefusal(network, provider, channel, 'unauthorized', claimedFields(request.body));
        return sendProblem(reply, PROBLEMS.unauthorized);
      }
      return handle(network, provider, request.body, reply);
    };
  }
}

function isVonage(provider: SimProvider | undefined): provider is SimProvider<VonageProviderConfig> {
  return provider?.config.protocol === 'vonage';
}
