import type { Row } from '../bench.ts';
import { per10k } from '../bench.ts';
import { meterCpu, type Groups } from './cpu.ts';
import { offerRequests, type Offer } from './offer-requests.ts';

/** Not counted: what was just started has yet to be compiled. */
const WARM_UP_SHARE = 0.25;

/** Offers requests to one server; the first quarter is not measured. */
export async function measureServer(what: string, groups: Groups, offer: Offer): Promise<Row & { count: number }> {
  const warm = Math.floor(offer.requests.length * WARM_UP_SHARE);
  await offerRequests({ ...offer, requests: offer.requests.slice(0, warm) });
  const read = meterCpu(groups);
  const offered = await offerRequests({ ...offer, requests: offer.requests.slice(warm) });
  return { what, ...offered, cpuPer10k: per10k(read(), offered.count) };
}
