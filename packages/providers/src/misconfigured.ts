import { BaseError } from '@watchword/contracts';

/** The fault of settings that cannot work. `what` names the setting and what it should be, never its value. */
export function misconfigured(provider: string, what: string, cause?: unknown): BaseError {
  return new BaseError('OTP_PROVIDER_MISCONFIGURED', `provider ${provider}: ${what}`, {
    retry: false,
    context: { provider },
    ...(cause === undefined ? {} : { cause }),
  });
}
