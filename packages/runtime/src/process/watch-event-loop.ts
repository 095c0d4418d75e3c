import inspector from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';

/** How often the event loop shows that it turns. */
const BEAT_MS = 500;
/**
 * A loop that stood still for so long has lost its consumers' sessions (10 s) and its jobs' locks (15 s): others do its work
 * already, and nothing that it still does is wanted. Below the patience of a Kubernetes liveness probe (3 × 10 s).
 */
const BLOCKED_MAX_MS = 20_000;
/** Worth a line: a person with a code in hand has noticed it. */
const BLOCKED_WARN_MS = 1_000;
/** EX_SOFTWARE of sysexits.h: how a process ends whose event loop is blocked. By SIGKILL (137) where it stands still in native code. */
const BLOCKED_EXIT_CODE = 70;

/** What the watching thread is given. */
export interface WatchOrder {
  /** One counter, raised at every beat. */
  beats: SharedArrayBuffer;
  beatMs: number;
  blockedMaxMs: number;
  exitCode: number;
  name: string;
}

/**
 * Ends the process when its event loop is blocked for 20 s, with one line and the place where it stands on standard error: a
 * thread of its own watches, since the loop cannot. Shorter blocks are logged when they are over. Not while a debugger is
 * attached, whose breakpoints are blocks.
 *
 * @returns stops watching
 */
export function watchEventLoop(options: { log: Logger; name: string; blockedMaxMs?: number }): () => void {
  if (inspector.url() !== undefined) return () => undefined;
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beats);
  const order: WatchOrder = {
    beats,
    beatMs: BEAT_MS,
    blockedMaxMs: options.blockedMaxMs ?? BLOCKED_MAX_MS,
    exitCode: BLOCKED_EXIT_CODE,
    name: options.name,
  };
  const watcher = new Worker(new URL('event-loop-watcher.ts', import.meta.url), { workerData: order });
  watcher.unref();
  watcher.on('error', (error) => options.log.error({ err: error }, 'the event loop is no longer watched'));

  let lastMs = performance.now();
  const beating = setInterval(() => {
    Atomics.add(counter, 0, 1);
    const now = performance.now();
    const lateMs = Math.round(now - lastMs - BEAT_MS);
    if (lateMs > BLOCKED_WARN_MS)
      options.log.warn({ blocked_ms: lateMs }, 'the event loop stood still, or the machine');
    lastMs = now;
  }, BEAT_MS);
  beating.unref();
  return () => {
    clearInterval(beating);
    void watcher.terminate();
  };
}
