import { inspect } from 'node:util';
import { BaseError } from '@watchword/contracts';

const SHOWN = '[secret]';

/**
 * A value that must not be seen: it prints as `[secret]` wherever it is turned into text, JSON or an inspection, so a
 * log line or an error that swallows a whole configuration still tells nothing.
 */
export class Secret {
  readonly #value: string | undefined;
  readonly #reference: string;

  /** `reference` says where the value came from (`${env:NAME}`); it may be shown. */
  constructor(value: string | undefined, reference: string) {
    this.#value = value;
    this.#reference = reference;
  }

  /**
   * The value itself. Call it at the last moment and keep the result out of any object that lives on.
   * @throws BaseError OTP_CONFIG_INVALID when this process was not given the secret, see `LoadConfigOptions.secretsFor`.
   */
  reveal(): string {
    if (this.#value === undefined) {
      throw new BaseError('OTP_CONFIG_INVALID', `This process was not given the secret ${this.#reference}.`, {
        retry: false,
      });
    }
    return this.#value;
  }

  /** As `reveal`, but undefined where this process was not given the secret. For comparing, never for showing. */
  peek(): string | undefined {
    return this.#value;
  }

  /** The reference that the configuration holds in its place. */
  get reference(): string {
    return this.#reference;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}
