import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel } from '@watchword/contracts';
import type { DeliveryQueue } from '@watchword/queues';
import type { PressureStore, VerificationStore } from '@watchword/verification';
import type { ChannelGate } from './channel-gate.ts';
import { measurePressure, type PressureInput } from './measure-pressure.ts';

/** A channel's pressure changes in seconds; a report is one small write a channel. */
const REPORT_MS = 1_000;
/** A fifth of the shortest life: a job that has waited less weighs on nobody, whatever its life. */
const JOB_OLD_MS = 6_000;

export interface ReportDeps {
  instance: string;
  channels: ReadonlyMap<Channel, { gate: ChannelGate; queue: Pick<DeliveryQueue, 'waiting'>; perSecond: () => number }>;
  /** How many dispatchers let in. */
  dispatchers: () => number;
  store: Pick<VerificationStore, 'read'>;
  pressure: Pick<PressureStore, 'report'>;
  /** `oldestMs`: of those in the lines here; `oldestJobMs`: of the queue. */
  onReport: (channel: Channel, figures: { waiting: number; oldestMs: number; oldestJobMs: number }) => void;
  onFault: (error: unknown, what: string) => void;
}

/** Tells once a second how long sends wait, for ingest to refuse what could not be delivered in time. */
export function startReporting(deps: ReportDeps): { stop: () => Promise<void> } {
  const stopping = new AbortController();

  async function report(channel: Channel): Promise<void> {
    const { gate, queue, perSecond } = deps.channels.get(channel)!;
    const survey = gate.survey();
    const oldest = await queue.waiting();
    deps.onReport(channel, { waiting: gate.waiting(), oldestMs: survey.oldestMs, oldestJobMs: oldest.oldestMs });
    const job = await judgeOldest(oldest);
    const rate = perSecond() / Math.max(1, deps.dispatchers());
    await deps.pressure.report({
      channel,
      instance: deps.instance,
      ...measurePressure({ survey, job, perSecond: rate }),
    });
  }

  /** One job alone is no backlog, but what it has waited is what the next one waits. */
  async function judgeOldest({
    oldestMs,
    oldestId,
  }: Awaited<ReturnType<DeliveryQueue['waiting']>>): Promise<PressureInput['job']> {
    if (oldestMs < JOB_OLD_MS || oldestId === undefined) return undefined;
    const { verification } = await deps.store.read(oldestId);
    // of one that is long gone: it has waited for more than a life
    const lifeMs = verification ? verification.expiresAt - verification.createdAt : oldestMs;
    return { waitedMs: oldestMs, lifeMs };
  }

  const running = (async () => {
    while (!stopping.signal.aborted) {
      const reports = await Promise.allSettled([...deps.channels.keys()].map(report));
      for (const each of reports) {
        if (each.status === 'rejected') deps.onFault(each.reason, 'a channel’s pressure could not be told');
      }
      await sleep(REPORT_MS, undefined, { signal: stopping.signal }).catch(() => undefined); // rejects only when stopped
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
