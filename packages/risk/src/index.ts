export { createWideLimits } from './wide-limits.ts';
export type { Charge, ChargeResult, LimitScope, WideLimits } from './wide-limits.ts';
export { ipPrefix } from './ip-prefix.ts';
