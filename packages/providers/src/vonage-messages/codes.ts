import type { ErrorClass, ReceiptStatus } from '@watchword/contracts';

/**
 * Error codes of the Messages API, as they come back from a submission and in status webhooks.
 * Source: the API's OpenAPI document v1.11.0 (`x-errors`), https://developer.vonage.com/en/api-errors/messages.
 */
export interface CodeMeaning {
  status: ReceiptStatus;
  error: ErrorClass;
  /** Whether Vonage would say the same again to the same message. */
  permanent: boolean;
}

const permanent = (status: ReceiptStatus, error: ErrorClass): CodeMeaning => ({ status, error, permanent: true });
const transient = (error: ErrorClass): CodeMeaning => ({ status: 'undelivered', error, permanent: false });

const INVALID_NUMBER = permanent('undelivered', 'invalid_number');
const UNROUTABLE = permanent('undelivered', 'unreachable');
const BARRED = permanent('undelivered', 'blocked');
const SPAM = permanent('undelivered', 'spam_filtered');
const REGULATORY = permanent('undelivered', 'regulatory');
const FRAUD_GUARD = permanent('rejected', 'blocked');
const BAD_REQUEST = permanent('rejected', 'content');
const OUR_ACCOUNT = permanent('rejected', 'account');

export const MESSAGES_CODES: Readonly<Record<string, CodeMeaning>> = {
  1000: transient('throttled'),
  1010: BAD_REQUEST,
  1020: BAD_REQUEST,
  1021: BAD_REQUEST,
  1022: BAD_REQUEST,
  1030: transient('unknown'),
  1040: BAD_REQUEST,
  1050: BARRED,
  1060: OUR_ACCOUNT,
  1070: OUR_ACCOUNT,
  1080: OUR_ACCOUNT,
  1090: BAD_REQUEST,
  1100: transient('unknown'),
  1110: BAD_REQUEST,
  1120: BAD_REQUEST,
  1130: BAD_REQUEST,
  1140: OUR_ACCOUNT,
  1150: BAD_REQUEST,
  // A trial account sends only to numbers that were entered in the dashboard.
  1160: OUR_ACCOUNT,
  1170: INVALID_NUMBER,
  1180: transient('unreachable'),
  1190: INVALID_NUMBER,
  1200: transient('unreachable'),
  1210: SPAM,
  1220: transient('unreachable'),
  1230: transient('unreachable'),
  1240: permanent('undelivered', 'opt_out'),
  1241: transient('throttled'),
  1250: UNROUTABLE,
  1251: UNROUTABLE,
  1260: INVALID_NUMBER,
  1270: BARRED,
  1280: BARRED,
  1282: SPAM,
  1290: BARRED,
  1330: { status: 'unknown', error: 'unknown', permanent: false },
  1331: transient('unknown'),
  1360: { status: 'expired', error: 'timeout', permanent: false },
  1400: BAD_REQUEST,
  1410: BAD_REQUEST,
  1420: BAD_REQUEST,
  1430: INVALID_NUMBER,
  1440: BAD_REQUEST,
  1450: BAD_REQUEST,
  1460: REGULATORY,
  1461: SPAM,
  1470: FRAUD_GUARD,
  1472: FRAUD_GUARD,
  1473: FRAUD_GUARD,
  1480: REGULATORY,
  1481: REGULATORY,
  1482: REGULATORY,
  1483: REGULATORY,
  1484: REGULATORY,
};
