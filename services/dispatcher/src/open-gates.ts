import type { Channel } from '@watchword/contracts';
import type { DeliveryQueue } from '@watchword/queues';
import { bucketOfId, type PressureStore, type VerificationStore } from '@watchword/verification';
import type { Logger } from 'pino';
import { createChannelGate, joinGates, type ChannelGate, type Gate } from './channel-gate.ts';
import type { GateMetrics } from './gate-metrics.ts';
import { startLettingIn, type LettingIn } from './let-in.ts';
import { startReporting } from './report-pressure.ts';
import { createFaultTeller } from './tell-faults.ts';

export interface GatesDeps {
  queues: ReadonlyMap<Channel, Pick<DeliveryQueue, 'depth' | 'waiting'>>;
  instance: string;
  highWater: number;
  /** How many dispatchers there are, this one included. */
  dispatchers: () => number;
  store: Pick<VerificationStore, 'read'>;
  pressure: Pick<PressureStore, 'report'>;
  counts: GateMetrics;
  log: Logger;
}

export interface OpenGates {
  gate: Gate;
  /** Begins to let in, by the mover that asks `gate`. */
  start: (move: (id: string) => Promise<unknown>) => void;
  stop: () => Promise<void>;
}

/** A gate before each channel's queue, and who lets in: one channel's backlog is none of another's business. */
export function openGates(deps: GatesDeps): OpenGates {
  const { queues, counts } = deps;
  const letting = new Map<Channel, LettingIn>();
  const gates = new Map<Channel, ChannelGate>(
    [...queues.keys()].map((channel) => [
      channel,
      createChannelGate(
        {
          onEntered: (entered) => counts.entered(channel, entered),
          onWaiting: () => letting.get(channel)?.wake(),
        },
        () => performance.now(),
      ),
    ]),
  );
  const tell = createFaultTeller(deps.log, () => performance.now());
  let reporting: ReturnType<typeof startReporting> | undefined;

  return {
    gate: joinGates(gates),
    start(move) {
      for (const [channel, queue] of queues) {
        letting.set(channel, letInto(channel, queue, move));
      }
      reporting = startReporting({
        ...deps,
        channels: new Map(
          [...queues].map(([channel, queue]) => [
            channel,
            { queue, gate: gates.get(channel)!, perSecond: () => letting.get(channel)!.perSecond() },
          ]),
        ),
        onReport: counts.waiting,
        onFault: tell,
      });
    },
    async stop() {
      await Promise.all([...letting.values(), reporting].map(async (each) => each?.stop()));
    },
  };

  function letInto(
    channel: Channel,
    queue: Pick<DeliveryQueue, 'depth'>,
    move: (id: string) => Promise<unknown>,
  ): LettingIn {
    return startLettingIn({
      gate: gates.get(channel)!,
      depth: queue.depth,
      move,
      bucketOf: bucketOfId,
      highWater: deps.highWater,
      dispatchers: deps.dispatchers,
      onLook: (depth) => counts.depth(channel, depth),
      onLetIn: () => counts.letIn(channel),
      onFault: (error, what) => tell(error, what, { channel }),
    });
  }
}
