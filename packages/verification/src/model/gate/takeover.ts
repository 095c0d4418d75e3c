import { composeTakeover } from '../../store/takeover.ts';
import type { Verification } from '../state.ts';
import { settle } from './attempts.ts';
import type { World } from './world.ts';

export function takeOver(
  world: World,
  input: { state: Verification; k: number },
  now: number,
): ReturnType<typeof settle> {
  return settle(world, composeTakeover(input.state, input.k), now);
}
