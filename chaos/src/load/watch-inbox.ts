import type { InboxMessage } from '@watchword/carrier-sim';
import { readCode } from './read-code.ts';
import type { SeenMessage } from './record.ts';

export interface InboxWatch {
  /** The person's first `count` messages, as soon as they are there; fewer where `untilMs` comes first. */
  messages(to: string, count: number, untilMs: number): Promise<readonly SeenMessage[]>;
  stop(): void;
}

/** Follows all that arrives by one stream: thousands of people who ask again and again would be the load. */
export async function watchInbox(simulatorUrl: string, onBroken: (error: Error) => void): Promise<InboxWatch> {
  const seen = new Map<string, SeenMessage[]>();
  const waiting = new Map<string, () => void>();
  const stopping = new AbortController();
  const response = await fetch(`${simulatorUrl}/inbox/events`, { signal: stopping.signal });
  void follow(response, (message) => {
    const code = readCode(message.text);
    if (code === undefined) return onBroken(new Error('a message arrived without a code'));
    const messages = seen.get(message.to) ?? [];
    messages.push({ at: Date.parse(message.received_at), provider: message.provider, code });
    seen.set(message.to, messages);
    waiting.get(message.to)?.();
  }).catch((error: unknown) => stopping.signal.aborted || onBroken(error as Error));

  return {
    async messages(to, count, untilMs) {
      const known = (): readonly SeenMessage[] => seen.get(to) ?? [];
      while (known().length < count && Date.now() < untilMs) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, untilMs - Date.now());
          waiting.set(to, () => {
            clearTimeout(timer);
            resolve();
          });
        });
      }
      waiting.delete(to);
      return [...known()];
    },
    stop: () => stopping.abort(),
  };
}

async function follow(response: Response, onMessage: (message: InboxMessage) => void): Promise<void> {
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      const data = /^event: message$[^]*^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) onMessage(JSON.parse(data) as InboxMessage);
    }
  }
  throw new Error('the inbox closed its stream');
}
