import { codeIn, type InboxMessage, type Product } from './start-product.ts';

/** A message that takes longer is lost, or the machine is. */
const ARRIVED_MS = 30_000;

export interface InboxWatch {
  /** The code of an address's `count`-th message, once it arrives. */
  code(to: string, count: number): Promise<string>;
  /** The codes of all messages so far. */
  codes(): Set<string>;
  stop(): void;
}

/** Follows all that arrives, by one stream: asking for each address again and again would cost most of the time. */
export async function watchInbox({ simulator }: Pick<Product, 'simulator'>): Promise<InboxWatch> {
  const codes = new Map<string, string[]>();
  const waiting = new Map<string, (code: string) => void>();
  const stopping = new AbortController();
  const response = await fetch(`${simulator.inboxUrl}/events`, { signal: stopping.signal });
  const reading = (async () => {
    let rest = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split('\n\n');
      rest = events.pop()!;
      for (const event of events) receive(event);
    }
  })();
  reading.catch(() => undefined); // it ends by being stopped

  function receive(event: string): void {
    const data = /^event: message$[^]*^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    const { to, text } = JSON.parse(data) as InboxMessage;
    const known = [...(codes.get(to) ?? []), codeIn(text)];
    codes.set(to, known);
    waiting.get(`${to}|${known.length}`)?.(known.at(-1)!);
  }

  return {
    async code(to, count) {
      const known = codes.get(to)?.[count - 1];
      if (known !== undefined) return known;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no message ${count} in ${ARRIVED_MS} ms`)), ARRIVED_MS);
        waiting.set(`${to}|${count}`, (code) => {
          clearTimeout(timer);
          resolve(code);
        });
      });
    },
    codes: () => new Set([...codes.values()].flat()),
    stop: () => stopping.abort(),
  };
}
