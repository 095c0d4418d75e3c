// The thread that watches the event loop of the main one, see watch-event-loop.ts.
import { writeSync } from 'node:fs';
import inspector from 'node:inspector';
import { workerData } from 'node:worker_threads';
import type { WatchOrder } from './watch-event-loop.ts';

/** Time for the main thread to end itself before it is killed. */
const END_SELF_MS = 2_000;
const STDERR = 2;

const order = workerData as WatchOrder;
const beats = new Int32Array(order.beats);
const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const sleep = (ms: number): void => void Atomics.wait(sleeper, 0, 0, ms);

/** Counted by this thread's own turns and not by a clock: a machine that slept has blocked nobody. */
let silentTurns = 0;
let last = Atomics.load(beats, 0);
for (;;) {
  sleep(order.beatMs);
  const now = Atomics.load(beats, 0);
  silentTurns = now === last ? silentTurns + 1 : 0;
  last = now;
  if (silentTurns * order.beatMs >= order.blockedMaxMs) end();
}

function end(): never {
  const fields = { level: 'fatal', service: order.name, blocked_ms: order.blockedMaxMs, exit_code: order.exitCode };
  writeSync(STDERR, `${JSON.stringify({ ...fields, msg: 'the event loop is blocked: ending the process' })}\n`);
  endFromWithin();
  sleep(END_SELF_MS);
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/**
 * A thread can end only itself, and a signal cannot choose an exit code. The inspector interrupts JavaScript that runs, so what
 * it evaluates runs on top of the code that blocks: its stack says where, and it can end the process. Native code that waits is
 * not interrupted; that is what SIGKILL is for.
 */
function endFromWithin(): void {
  const session = new inspector.Session();
  session.connectToMainThread();
  const expression = `process._rawDebug(new Error('it stands').stack); process.reallyExit(${order.exitCode})`;
  session.post('Runtime.evaluate', { expression });
}
