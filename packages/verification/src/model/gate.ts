/** The gate as a pure model, see `gate/world.ts`. */
export { abandon, admit, restore } from './gate/admission.ts';
export { claim, foldReceipt, giveUp, settle } from './gate/attempts.ts';
export { cancel, check, expire, fail } from './gate/endings.ts';
export { charge, refund, sendsAt } from './gate/limits.ts';
export { advance, next, rearm, resend } from './gate/plan.ts';
export { takeOver } from './gate/takeover.ts';
export { createWorld, find, type GateEvent, type Transition, type World } from './gate/world.ts';
