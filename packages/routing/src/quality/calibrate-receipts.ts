import type { Channel } from '@watchword/contracts';
import { isMature } from '../scores/cell-memory.ts';
import type { CellBuckets } from '../scores/score-cells.ts';
import { countConverted } from './bucket.ts';
import { wilson } from './wilson.ts';

/** Sends with a delivered receipt, of a provider and of its peers, before anything is said. */
const DELIVERED_MIN = 100;
/** Sends without one, before the two are compared. */
const UNDELIVERED_MIN = 50;
/** Receipts that are worth less than this share of the peers' are no receipts. */
const PEERS_SHARE_MIN = 0.5;
/** True receipts make a conversion far likelier: what was not delivered is hardly ever typed. Less than this says nothing. */
const LIFT_MIN = 0.2;
/** Standard errors: wrong once in some hundred times. */
const CERTAINTY = 2.58;

/** What one provider's receipts are worth in one country. */
export interface ReceiptCalibration {
  provider: string;
  channel: Channel;
  country: string;
  /** Sends with a delivered receipt. */
  delivered: number;
  /** P(verified | delivered receipt), 0 to 1; undefined without receipts. */
  converts: number | undefined;
  /** P(verified | no delivered receipt). */
  convertsOtherwise: number | undefined;
  /** faking: they do not predict conversion, by far; unknown: too few to say. */
  verdict: 'true' | 'faking' | 'unknown';
}

interface Sums {
  provider: string;
  channel: Channel;
  country: string;
  submitted: number;
  delivered: number;
  converted: number;
  deliveredConverted: number;
}

/**
 * What receipts are worth, from the sends whose window is over: a code that was typed cannot be faked. Exposed is who says
 * delivered where conversion is no likelier for it, or half as likely as with the country's other providers.
 */
export function calibrateReceipts(cells: readonly CellBuckets[], nowMs: number): ReceiptCalibration[] {
  const all = sumUp(cells, nowMs);
  return all.map((sums) => {
    const { provider, channel, country, delivered } = sums;
    const peers = all.filter((each) => each !== sums && each.channel === channel && each.country === country);
    const [converts, convertsOtherwise] = [withReceipt(sums), withoutReceipt(sums)].map(shareOf);
    return { provider, channel, country, delivered, converts, convertsOtherwise, verdict: judge(sums, peers) };
  });
}

function judge(sums: Sums, peers: readonly Sums[]): ReceiptCalibration['verdict'] {
  if (sums.delivered < DELIVERED_MIN) return 'unknown';
  const [ofPeers, otherwise] = [addUp(peers.map(withReceipt)), withoutReceipt(sums)];
  const comparable = ofPeers.sends >= DELIVERED_MIN;
  if (comparable && shareAtMost(withReceipt(sums)) < PEERS_SHARE_MIN * shareOf(ofPeers)!) return 'faking';
  if (otherwise.sends < UNDELIVERED_MIN) return comparable ? 'true' : 'unknown';
  return liftAtMost(withReceipt(sums), otherwise) < LIFT_MIN ? 'faking' : 'true';
}

/** How much likelier a conversion is with a receipt than without: the upper bound. */
function liftAtMost(withOne: Trials, without: Trials): number {
  const [share, otherwise] = [withOne.converted / withOne.sends, without.converted / without.sends];
  const variance = (share * (1 - share)) / withOne.sends + (otherwise * (1 - otherwise)) / without.sends;
  return share - otherwise + CERTAINTY * Math.sqrt(variance);
}

interface Trials {
  sends: number;
  converted: number;
}

function withReceipt({ delivered, deliveredConverted }: Sums): Trials {
  return { sends: delivered, converted: deliveredConverted };
}

function withoutReceipt({ submitted, delivered, converted, deliveredConverted }: Sums): Trials {
  return { sends: submitted - delivered, converted: converted - deliveredConverted };
}

function addUp(trials: readonly Trials[]): Trials {
  return trials.reduce((sum, each) => ({ sends: sum.sends + each.sends, converted: sum.converted + each.converted }), {
    sends: 0,
    converted: 0,
  });
}

function shareOf({ sends, converted }: Trials): number | undefined {
  return sends > 0 ? converted / sends : undefined;
}

function shareAtMost({ sends, converted }: Trials): number {
  return wilson(Math.min(converted, sends), sends, CERTAINTY).high;
}

function sumUp(cells: readonly CellBuckets[], nowMs: number): Sums[] {
  const byCountry = new Map<string, Sums>();
  for (const { cell, buckets } of cells) {
    const { provider, channel, country } = cell;
    const key = `${channel}|${country}|${provider}`;
    const sums = byCountry.get(key) ?? {
      provider,
      channel,
      country,
      submitted: 0,
      delivered: 0,
      converted: 0,
      deliveredConverted: 0,
    };
    byCountry.set(key, sums);
    for (const bucket of buckets.filter((each) => isMature(each, nowMs))) {
      sums.submitted += bucket.submitted;
      sums.delivered += bucket.delivered;
      sums.converted += countConverted(bucket);
      sums.deliveredConverted += bucket.deliveredConverted;
    }
  }
  return [...byCountry.values()];
}
