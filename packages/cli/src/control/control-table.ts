import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@watchword/bus';
import {
  BaseError,
  CONTROL_TOPIC,
  EVENTS,
  UNSET_BY_HEADER,
  controlKey,
  isControlKey,
  parseControl,
  type ControlEvent,
  type ControlScope,
} from '@watchword/contracts';

/** A person at a terminal waits; a Kafka that is there answers in a second. */
const READ_MAX_MS = 10_000;

/** What lies in the topic under a key: a control, or what delivery skips. */
export type ControlRow = { key: string } & ({ control: ControlEvent } | { unreadable: string });

/** The table of controls, as the commands read and write it. Faults: BaseError OTP_BUS_UNAVAILABLE, OTP_BUS_TIMEOUT. */
export interface ControlTable {
  read(): Promise<ControlRow[]>;
  set(control: ControlEvent): Promise<void>;
  unset(scope: ControlScope, by: string): Promise<void>;
}

export function createControlTable(
  bus: Pick<Bus, 'follow' | 'publish' | 'publishRecord'>,
  region: string,
): ControlTable {
  return {
    async read() {
      let rows: readonly ControlRow[] = [];
      const table = bus.follow<ControlRow>({
        topic: CONTROL_TOPIC,
        parse: readRow,
        onTable: (read) => (rows = [...read.values()]),
      });
      const known = await Promise.race([table.known, sleep(READ_MAX_MS, 'late' as const, { ref: false })]);
      await table.stop();
      if (known === 'read') return [...rows];
      const why =
        known === 'missing'
          ? `there is no topic ${CONTROL_TOPIC}, or no right to describe it. A dispatcher makes it when it starts`
          : `Kafka has not answered within ${READ_MAX_MS / 1_000} s`;
      throw new BaseError('OTP_BUS_UNAVAILABLE', why, { retry: true });
    },
    async set(control) {
      const key = controlKey(control);
      const envelope = {
        id: `${key}.${randomBytes(8).toString('hex')}`,
        type: EVENTS[CONTROL_TOPIC].type,
        source: `urn:watchword:${region}`,
        subject: key,
        time: new Date(control.set_at).toISOString(),
      };
      await bus.publish({ topic: CONTROL_TOPIC, key, envelope, data: JSON.stringify(control) });
    },
    async unset(scope, by) {
      const record = { key: controlKey(scope), value: null, headers: { [UNSET_BY_HEADER]: by } };
      await bus.publishRecord({ topic: CONTROL_TOPIC, ...record });
    },
  };
}

function readRow({ key, value }: { key: string; value: Buffer }): ControlRow | undefined {
  if (!isControlKey(key)) return undefined;
  try {
    const control = parseControl({ key, value });
    return control && { key, control };
  } catch (error) {
    return { key, unreadable: (error as Error).message };
  }
}
