import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

/**
 * How long this process itself was held up, at the worst: where the machine has no time for the tool, what took long
 * says nothing about the product.
 */
export function watchOwnLag(): { worstMs: () => number; stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    worstMs: () => Math.max(0, Math.round(delay.max / NS_PER_MS) - RESOLUTION_MS),
    stop: () => void delay.disable(),
  };
}
