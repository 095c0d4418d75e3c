import type { RequestEvent, WorkflowStep } from '@watchword/contracts';

/** The request as a record keeps it: what `admit` does not decide itself. */
export type AdmittedRequest = Omit<RequestEvent, 'verification_id' | 'version' | 'created_at' | 'expires_at'>;

/** What a record holds beside its request, and events too. */
export interface RequestHead {
  tenant: string;
  purpose: string;
  /** `<kid>.<hmac>` */
  lookup: string;
  /** '' for none. */
  clientReference: string;
  /** Of a sampled trace; '' for none. */
  traceparent: string;
}

type Recipient = AdmittedRequest['recipients'][number];
type Packed = [
  workflow: [WorkflowStep['channel'], number, number][],
  recipients: [string, string, string, number, string][],
  codeLength: number,
  checksMax: number,
  cooldownMs: number,
  locale: string,
  webotp: 0 | 1,
  more?: object,
];

/**
 * A request without its head as JSON by position: names would be half of it, and every live record pays for each byte. Scripts read
 * it by these positions, counted from 1. What this version does not know goes along by name.
 */
export function packRequest(request: AdmittedRequest): string {
  const { tenant: _t, purpose: _p, lookup: _l, client_reference: _c, traceparent: _tp, ...rest } = request;
  const { workflow, recipients, code_length, checks_max, cooldown_ms, locale, webotp, ...more } = rest;
  const packed: Packed = [
    workflow.map(({ channel, recipient, timeout_ms }) => [channel, recipient, timeout_ms]),
    recipients.map(({ sealed, country, operator, limit_bucket, limit_key }) => [
      sealed,
      country,
      operator,
      limit_bucket,
      limit_key,
    ]),
    code_length,
    checks_max,
    cooldown_ms,
    locale,
    webotp ? 1 : 0,
  ];
  if (Object.keys(more).length > 0) packed.push(more);
  // cut into pieces by bytes, which must not cut a character
  return JSON.stringify(packed).replaceAll(/[\u0080-\uffff]/g, escapeCharacter);
}

const escapeCharacter = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

export function unpackRequest(text: string, head: RequestHead): AdmittedRequest {
  const [workflow, recipients, codeLength, checksMax, cooldownMs, locale, webotp, more] = JSON.parse(text) as Packed;
  const { tenant, purpose, lookup, clientReference, traceparent } = head;
  return {
    tenant,
    purpose,
    lookup,
    workflow: workflow.map(([channel, recipient, timeout_ms]) => ({ channel, recipient, timeout_ms })),
    recipients: recipients.map(([sealed, country, operator, limit_bucket, limit_key]): Recipient => ({
      sealed,
      country,
      operator,
      limit_bucket,
      limit_key,
    })),
    code_length: codeLength,
    checks_max: checksMax,
    cooldown_ms: cooldownMs,
    locale,
    webotp: webotp === 1,
    ...(clientReference !== '' && { client_reference: clientReference }),
    ...(traceparent !== '' && { traceparent }),
    ...more,
  };
}
