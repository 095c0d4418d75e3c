import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import type { SMTPServerDataStream } from 'smtp-server';
import { carry, recordRefusal } from '../carry.ts';
import type { Answer, MessageFate } from '../fate.ts';
import type { Network } from '../network.ts';
import type { SimProvider } from '../providers.ts';
import { chooseReply, type MailReply, SmtpError } from './replies.ts';

/** What awaits a mail at each of its recipients. */
export type Fates = Map<string, MessageFate>;

/** Reads a mail and sets it going to every recipient. */
export async function takeMail(
  network: Network,
  provider: SimProvider,
  fates: Fates,
  stream: SMTPServerDataStream,
): Promise<MailReply> {
  const mail = await simpleParser(stream);
  if (stream.sizeExceeded) return { kind: 'error', error: new SmtpError(552, '5.3.4 Message too big') };
  const clientRef = mail.messageId === undefined ? undefined : localPart(mail.messageId);
  const text = mailText(mail);
  const results = await Promise.all(
    [...fates].map(([to, fate]) =>
      carry(network, {
        provider,
        channel: 'email',
        to,
        clientRef,
        messageId: randomUUID(),
        callbackUrl: undefined,
        answer: fate.answer,
        sent: fate.sent,
        arrival: fate.arrivesAtMs === undefined ? undefined : { atMs: fate.arrivesAtMs, text },
        receipts: [],
        receiptsFirst: false,
      }),
    ),
  );
  await sleep(provider.behaviour.submit_latency_ms);
  if (results.includes('overloaded')) return { kind: 'error', error: new SmtpError(452, '4.3.1 Mail system full') };
  return chooseReply([...fates.values()].map((fate) => fate.answer));
}

/** Enters a recipient into the ledger that was refused before there was a mail. */
export function recordRefusedMail(network: Network, provider: SimProvider, to: string, answer: Answer): void {
  recordRefusal(network, provider, 'email', answer, { to });
}

/** What a person reads of a mail: the subject, an empty line, the text. */
function mailText(mail: { subject?: string | undefined; text?: string | undefined }): string {
  return [mail.subject?.trim() ?? '', mail.text?.trim() ?? ''].filter((part) => part !== '').join('\n\n');
}

/** `abc` of `<abc@example.com>`: the caller's reference, where it makes its own ids. */
function localPart(messageId: string): string {
  return messageId.replace(/^<?([^@>]*).*$/s, '$1');
}
