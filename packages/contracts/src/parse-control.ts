import { controlKey, isControlKey, type ControlEvent } from './control.ts';
import { BaseError } from './errors.ts';
import { parseEvent } from './parse-event.ts';
import { CONTROL_TOPIC } from './topics.ts';

/**
 * A row of the table of controls. The key must be that of the scope that the value names: a scope with a word that only a newer
 * version knows must not count for everything.
 *
 * @returns undefined where the record is another kind of control
 * @throws BaseError `OTP_BUS_UNPARSABLE`, naming the field, never its value
 */
export function parseControl({ key, value }: { key: string; value: Uint8Array }): ControlEvent | undefined {
  if (!isControlKey(key)) return undefined;
  const control = parseEvent(CONTROL_TOPIC, value);
  if (controlKey(control) === key) return control;
  throw new BaseError('OTP_BUS_UNPARSABLE', 'the key is not that of tenant, country and channel', { retry: false });
}
