import type { Bench } from '../bench.ts';
import { LIVE, QUEUED } from './growth.ts';
import { BYTES } from './bytes.ts';
import { CHECK } from './check.ts';
import { COUNTING } from './counting.ts';
import { PIPELINE } from './pipeline.ts';
import { RECEIPTS_BENCH } from './receipts.ts';
import { RECOVERY } from './recovery.ts';
import { ROUTING } from './routing.ts';
import { START } from './start.ts';
import { WORKERS } from './workers.ts';

export const BENCHES: readonly Bench[] = [
  CHECK,
  START,
  PIPELINE,
  WORKERS,
  RECEIPTS_BENCH,
  BYTES,
  ROUTING,
  RECOVERY,
  COUNTING,
  LIVE,
  QUEUED,
];
