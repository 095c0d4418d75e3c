import type { Channel } from '@watchword/contracts';
import { maskAddress } from './address.ts';
import type { Answer } from './fate.ts';
import type { Network } from './network.ts';
import type { SimProvider } from './providers.ts';
import type { Step } from './timeline.ts';

/** A receipt that will be posted; `request` makes it when its time has come. */
export interface CarriedReceipt {
  atMs: number;
  status: string;
  request(at: Date): {
    url: string;
    method: 'POST' | 'GET';
    body: string | undefined;
    headers(): Record<string, string>;
  };
}

/** A submission with its fate, ready to be set going. */
export interface Submission {
  provider: SimProvider;
  channel: Channel;
  /** As normalised by `normaliseAddress`. */
  to: string;
  clientRef: string | undefined;
  messageId: string;
  callbackUrl: string | undefined;
  answer: Answer;
  sent: boolean;
  arrival: { atMs: number; text: string } | undefined;
  receipts: CarriedReceipt[];
  /** The receipts' first tries come before the answer. */
  receiptsFirst: boolean;
}

/** How long an answer waits for receipts that come before it: a receiver that hangs must not hold it up for long. */
const RECEIPTS_FIRST_MAX_MS = 2000;

/** Enters the submission into the ledger and sets its arrival and its receipts going. */
export async function carry(network: Network, submission: Submission): Promise<'carried' | 'overloaded'> {
  const { provider, channel, to, arrival, receipts, answer } = submission;
  provider.counts.submissions += 1;
  const entry = network.ledger.add({
    provider: provider.config.name,
    channel,
    client_ref: submission.clientRef ?? null,
    to,
    message_id: submission.messageId,
    callback_url: submission.callbackUrl ?? null,
    answer,
    sent: submission.sent,
    arrives: arrival !== undefined,
    receipts: receipts.map((receipt) => receipt.status),
  });
  network.log.debug({ provider: provider.config.name, channel, to: maskAddress(to), answer }, 'submission');

  const arrivals: Step[] = arrival
    ? [
        {
          atMs: arrival.atMs,
          act() {
            const message = network.inbox.receive({ to, channel, provider: provider.config.name, text: arrival.text });
            entry.arrived_at = message.received_at;
            provider.counts.arrived += 1;
          },
        },
      ]
    : [];
  const steps = receipts.map((receipt) => ({
    atMs: receipt.atMs,
    act: () => post(network, provider, receipt, () => entry.receipts_taken.push(receipt.status)),
  }));
  if (network.arrivals.hasRoom() && network.receipts.hasRoom()) {
    network.arrivals.play(arrivals);
    if (submission.receiptsFirst) await playAll(network, steps);
    else network.receipts.play(steps);
    return 'carried';
  }
  Object.assign(entry, { answer: 'overloaded', sent: false, arrives: false, receipts: [] });
  return 'overloaded';
}

function post(network: Network, provider: SimProvider, receipt: CarriedReceipt, onTaken: () => void): Promise<void> {
  return network.webhooks.send({ ...receipt.request(network.now()), counts: provider.counts, onTaken });
}

/** Plays the steps and waits for their end, though not for ever. */
async function playAll(network: Network, steps: Step[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, RECEIPTS_FIRST_MAX_MS);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    network.receipts.play([...steps, { atMs: 0, act: end }]);
  });
}

/** Enters what never became a message: wrong credentials, a faulty request, a recipient refused by name. */
export function recordRefusal(
  network: Network,
  provider: SimProvider,
  channel: Channel,
  answer: 'unauthorized' | 'invalid_request' | Answer,
  known: { to?: string; clientRef?: string; callbackUrl?: string },
): void {
  provider.counts.submissions += 1;
  network.ledger.add({
    provider: provider.config.name,
    channel,
    client_ref: known.clientRef ?? null,
    to: known.to ?? null,
    message_id: null,
    callback_url: known.callbackUrl ?? null,
    answer,
    sent: false,
    arrives: false,
    receipts: [],
  });
}
