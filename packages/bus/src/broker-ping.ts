import type { Socket } from 'node:net';
import { askApiVersions, connectTo } from './api-versions.ts';
import type { BusConfig } from './port.ts';

/** Often enough that one broker of three may hang and the next one still answers within `BROKERS_SILENT_MAX_MS`. */
const PING_INTERVAL_MS = 250;
/** A broker that takes longer for an answer, or to be reached, is not waited for alone: the next one is asked as well. */
const ANSWER_MAX_MS = 500;
/** TCP and TLS with a broker in another region, which may well take longer than an answer: as the client's own. */
const CONNECT_MAX_MS = 3_000;
/** Without any broker's answer for so long Kafka is away, as far as this process can tell. */
export const BROKERS_SILENT_MAX_MS = 1_000;

export interface BrokerPing {
  /** Time since some broker's last answer; since the beginning where none has answered yet. */
  silentMs(): number;
  stop(): void;
}

/** A connection to a broker, and what is asked on it. */
interface Call {
  broker: string;
  socket: Socket;
  openedMs: number;
  connected: boolean;
  /** While an answer is waited for. */
  askedMs: number | undefined;
}

/**
 * Asks a broker four times a second whether it is there, over a connection of its own. What the client knows comes too late
 * for a readiness that tells the truth within 2 s: it notices a broker that hangs after seconds, and one that is gone at the next
 * message. One broker that answers is enough: the death of a
 * leader is no reason to leave service.
 */
export function startBrokerPing(config: BusConfig, now: () => number = () => performance.now()): BrokerPing {
  let answeredMs = now();
  let next = 0;
  const calls = new Set<Call>();

  function drop(call: Call): void {
    calls.delete(call);
    call.socket.destroy();
  }

  /** Asks the next broker; the one of a connection that is still being made is left to it. */
  function open(): void {
    const broker = config.brokers[next++ % config.brokers.length]!;
    if ([...calls].some((each) => each.broker === broker)) return;
    const socket = connectTo(placeOf(broker), config.ssl, () => {
      call.connected = true;
      request(call);
    });
    const call: Call = { broker, socket, openedMs: now(), askedMs: undefined, connected: false };
    calls.add(call);
    socket.unref();
    // Whatever it was: the next turn asks the next broker.
    socket.on('error', () => undefined);
    socket.on('close', () => calls.delete(call));
    socket.on('data', () => {
      if (!calls.has(call)) return;
      answeredMs = now();
      call.askedMs = undefined;
      // One that answers is enough.
      for (const other of calls) if (other !== call) drop(other);
    });
  }

  function request(call: Call): void {
    call.askedMs = now();
    askApiVersions(call.socket, config.clientId);
  }

  function ask(): void {
    for (const call of calls) {
      const limitMs = call.connected ? ANSWER_MAX_MS : CONNECT_MAX_MS;
      const sinceMs = call.connected ? call.askedMs : call.openedMs;
      if (sinceMs !== undefined && now() - sinceMs >= limitMs) drop(call);
    }
    for (const call of calls) if (call.connected && call.askedMs === undefined) request(call);
    // Patience with a far broker is no reason to wait for one that is gone.
    if ([...calls].every(({ connected, openedMs }) => !connected && now() - openedMs >= ANSWER_MAX_MS)) open();
  }

  ask();
  const asking = setInterval(ask, PING_INTERVAL_MS);
  asking.unref();
  return {
    silentMs: () => now() - answeredMs,
    stop() {
      clearInterval(asking);
      for (const call of calls) drop(call);
    },
  };
}

function placeOf(broker: string): { host: string; port: number } {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(broker.slice(colon + 1)) };
}
