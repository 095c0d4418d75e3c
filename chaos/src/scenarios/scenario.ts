import type { Channel } from '@watchword/contracts';
import type { Random } from '../load/random.ts';
import type { OtpRecord } from '../load/record.ts';
import { RECOVERY_SECONDS_MAX } from '../report/result.ts';
import type { EngineKind, Role, Stage } from '@watchword/stage';

/** What a scenario does to the stage in the middle of the load, and what it says of it. */
export interface Harm {
  stage: Stage;
  random: Random;
  /** A line for whoever watches. */
  tell(line: string): void;
  /** Something is about to be hurt; the first time counts. */
  down(): void;
  /** Everything is back: the engine serves, the process is ready; the last time counts. */
  back(): void;
  /**
   * Redis or Kafka is away, or does not serve, for as long as this takes: what lives and ends within it is excused. Never a
   * service, and no engine of which enough is left.
   */
  outage(during: () => Promise<void>): Promise<void>;
  /** Redis has just lost data: what no other engine has by now is gone. */
  lost(): void;
  /** A figure of its own, for the table. */
  note(what: string): void;
  /** A promise of the scenario's own that was broken. */
  breach(what: string): void;
  sleep(ms: number): Promise<void>;
}

export interface Scenario {
  name: string;
  /** For the table: what is done. */
  what: string;
  /** For the table: the sentence of the design that the line shows. */
  shows: string;
  /** Default `single`. */
  engines?: EngineKind;
  /** Processes of each role; default 1. */
  counts?: Partial<Record<Role, number>>;
  /** Default all. */
  channels?: readonly Channel[];
  /** The longest time that something is away: lives and the platforms' patience reach beyond it. Default 0. */
  awayMs?: number;
  /** Starts per second at least, where the stage itself takes what two cores have. Default 50. */
  rateLeast?: number;
  /** Starts per second at most: people who are to be few. Default: as many as the run has. */
  rateMax?: number;
  /** OTPs have a second step by the same channel, so many seconds after the first. */
  secondStepAfter?: number;
  /** Default 15: design §6, and the bound. */
  recoverySecondsMax?: number;
  /** What keeps it from being played here, or undefined. */
  whyNot?: (scratch: string) => string | undefined;
  play(harm: Harm): Promise<void>;
  /** What it promises of the people themselves, by what they saw. Pure. */
  judge?(
    otps: readonly OtpRecord[],
    harm: { from: number; until: number },
  ): { notes: readonly string[]; breaches: readonly string[] };
}

/**
 * After an outage through which everybody goes on asking: at half the rate that the machine bears, the other half is free for what has
 * piled up, so that takes as long again (decision 12).
 */
export const recoveryAfter = (awayMs: number): number => RECOVERY_SECONDS_MAX + awayMs / 1000;

/** The engine of a stage that a scenario asked for. */
export function need<T>(engine: T | undefined): T {
  if (engine === undefined) throw new Error('the stage has other engines than this scenario hurts');
  return engine;
}
