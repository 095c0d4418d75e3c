import type { PlannedReceipt } from '../fate.ts';
import type { SmsRequest } from './message-request.ts';
import { networkOf } from './mobile-network.ts';
import { countSmsParts } from './sms-parts.ts';

/** Titles from Vonage's list of message errors, for the codes that this network gives by itself or is likely to be told to. */
const TITLES: Record<number, string> = {
  1000: 'Throttled',
  1030: 'Internal error',
  1050: 'Number barred',
  1100: 'Communication Failed',
  1120: 'Illegal Sender Address - rejected',
  1170: 'Invalid or Missing Msisdn Param',
  1180: 'Absent Subscriber Temporary',
  1190: 'Absent Subscriber Permanent',
  1210: 'Anti-Spam Rejection',
  1220: 'Handset Busy',
  1230: 'Network Error',
  1240: 'Illegal Number',
  1250: 'Unroutable',
  1260: 'Destination unreachable',
  1280: 'Number Blocked by Carrier',
  1330: 'Unknown',
  1360: 'TTL was exceeded',
};

export interface MessageStatusSource {
  messageId: string;
  sms: SmsRequest;
  priceEur: number;
}

/** The body of a status webhook, in the version that the message asked for. */
export function messageStatusBody(source: MessageStatusSource, receipt: PlannedReceipt, at: Date): object {
  const { sms, messageId, priceEur } = source;
  const timestamp = at.toISOString().replace(/\.\d+Z$/, 'Z');
  const parts = countSmsParts(sms.text);
  const charged = receipt.status === 'submitted' || receipt.status === 'delivered';
  const usage = charged ? { usage: { currency: 'EUR', price: (priceEur * parts).toFixed(4) } } : {};
  const clientRef = sms.client_ref === undefined ? {} : { client_ref: sms.client_ref };
  if (sms.webhook_version === 'v0.1') {
    return {
      message_uuid: messageId,
      to: { type: 'sms', number: sms.to },
      from: { type: 'sms', number: sms.from },
      timestamp,
      status: receipt.status,
      ...(receipt.errorCode === undefined
        ? {}
        : { error: { code: receipt.errorCode, reason: titleOf(receipt.errorCode) } }),
      ...usage,
      ...clientRef,
    };
  }
  const network = networkOf(sms.to);
  return {
    message_uuid: messageId,
    to: sms.to,
    from: sms.from,
    timestamp,
    status: receipt.status,
    ...(receipt.errorCode === undefined ? {} : { error: errorOf(receipt.errorCode, messageId) }),
    ...clientRef,
    ...usage,
    channel: 'sms',
    ...(network === undefined ? {} : { destination: { network_code: network } }),
    sms: { count_total: String(parts) },
  };
}

function errorOf(code: number, messageId: string): object {
  return {
    type: `https://developer.vonage.com/api-errors/messages#${code}`,
    title: String(code),
    detail: titleOf(code),
    instance: messageId.replaceAll('-', ''),
  };
}

function titleOf(code: number): string {
  return TITLES[code] ?? 'Error';
}
