import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import type { Logger } from 'pino';
import { type CarrierSimConfig, prepareProviders } from './config.ts';
import { registerControl } from './control/routes.ts';
import { createInbox } from './inbox/inbox.ts';
import { registerInbox } from './inbox/routes.ts';
import { createLedger } from './ledger.ts';
import type { Network } from './network.ts';
import { createProviders } from './providers.ts';
import { startSmtp } from './smtp/smtp.ts';
import { createTimeline } from './timeline.ts';
import { registerVonage } from './vonage/routes.ts';
import { createWebhookSender } from './webhook-sender.ts';

/** Messages and submissions that are remembered; the oldest go first. Some 50 MB when full. */
const REMEMBERED_MAX = 50_000;
/** Messages, and messages with receipts, under way at once; more are throttled. Some minutes of a heavy load. */
const UNDER_WAY_MAX = 100_000;
/** No vendor takes larger requests for a text message or a call. */
const BODY_MAX_BYTES = 1_048_576;

export interface CarrierSimDeps {
  log: Logger;
}

export interface CarrierSim {
  /** e.g. `http://127.0.0.1:4010`; a provider's API host is `<url>/p/<name>`. */
  url: string;
  smtpPort: number;
  inboxUrl: string;
  /** Closes both ports, cuts open connections, forgets what is under way. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the vendors' networks: Vonage's HTTP for every virtual provider, SMTP, the inbox, the control API.
 * @throws BaseError OTP_CONFIG_INVALID; the system's error where a port is taken
 */
export async function startCarrierSim(config: CarrierSimConfig, deps: CarrierSimDeps): Promise<CarrierSim> {
  const { log } = deps;
  const providers = createProviders(prepareProviders(config), config.seed);
  const now = (): Date => new Date();
  const report = (error: unknown): void => log.error({ err: error }, 'a step of a simulated network failed');
  const network: Network = {
    inbox: createInbox(REMEMBERED_MAX, now),
    ledger: createLedger(REMEMBERED_MAX, now),
    arrivals: createTimeline(UNDER_WAY_MAX, report),
    receipts: createTimeline(UNDER_WAY_MAX, report),
    webhooks: createWebhookSender(log),
    now,
    log,
  };

  const app = Fastify({ logger: false, bodyLimit: BODY_MAX_BYTES, forceCloseConnections: true });
  const inboxRoutes = registerInbox(app, network.inbox);
  registerControl(app, network, providers);
  registerVonage(app, network, providers);
  await app.listen({ host: config.host, port: config.port });
  const smtp = await startSmtp(config, network, providers).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });

  const { port } = app.server.address() as AddressInfo;
  const url = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  log.info({ url, smtpPort: smtp.port, providers: providers.list().length }, 'carrier simulator started');

  const stopAll = async (): Promise<void> => {
    // First nothing new comes in, then what is under way is forgotten: a late webhook would outlive its receiver.
    inboxRoutes.closeWatchers();
    await Promise.all([app.close(), smtp.stop()]);
    network.arrivals.clear();
    network.receipts.clear();
    network.webhooks.clear();
    log.info('carrier simulator stopped');
  };
  let stopping: Promise<void> | undefined;
  return { url, smtpPort: smtp.port, inboxUrl: `${url}/inbox`, stop: () => (stopping ??= stopAll()) };
}
