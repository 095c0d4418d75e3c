import { attemptId, createVerificationId } from '@watchword/contracts';

/** What happened to one person's code, told as it was meant: events are made of it, and the right answers are counted in it. */
export interface Story {
  id: string;
  country: string;
  createdMs: number;
  attempts: StoryAttempt[];
  /** The attempt whose code was typed, by its place, and when. */
  typed?: { attempt: number; atMs: number };
  /** By the tenant, before anything was typed. */
  canceled: boolean;
}

export interface StoryAttempt {
  id: string;
  provider: string;
  rule: string;
  operator: string;
  /** Where the number is in truth; undefined where no receipt tells. */
  network: string | undefined;
  send: number;
  refused: boolean;
  claimedMs: number;
  settledMs: number;
  /** In millionths. */
  price: bigint;
  receipt?: { status: 'delivered' | 'undelivered'; atMs: number };
}

const HOUR_MS = 3_600_000;
/** Hours that are told of, the last of them without its last minutes. */
const HOURS = 12;
type Provider = 'north' | 'south' | 'liar';
const OPERATORS = { DE: ['262-01', '262-02'], IN: ['404-10', '405-840'] } as const;
type Country = keyof typeof OPERATORS;

/** How likely a code arrives; what the liar calls delivered is mostly not. */
const ARRIVES: Record<Provider, Record<Country, number>> = {
  north: { DE: 0.92, IN: 0.55 },
  south: { DE: 0.8, IN: 0.85 },
  liar: { DE: 0.15, IN: 0.2 },
};
const PRICE: Record<Provider, bigint> = { north: 71_200n, south: 45_000n, liar: 10_000n };

/** The same `count` stories for the same seed; the last of them are younger than 180 s at the end. */
export function tellStories(count: number, startMs: number, seed: number): Story[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, n) =>
    tellStory(startMs + Math.floor((n * HOURS * HOUR_MS) / count), random),
  );
}

function tellStory(createdMs: number, random: () => number): Story {
  const id = createVerificationId({ region: 'a', bucket: Math.floor(random() * 256) });
  const country: Country = random() < 0.6 ? 'DE' : 'IN';
  const operators = OPERATORS[country];
  const operator = operators[Math.floor(random() * operators.length)]!;
  const ported = random() < 0.2;
  const inNetwork = ported ? operators.find((other) => other !== operator)! : operator;
  const story: Story = { id, country, createdMs, attempts: [], canceled: false };
  let claimedMs = createdMs + 20;
  for (let send = 1; send <= 3 && !story.typed; send++) {
    let refused = true;
    for (let order = 0; refused && order < 2; order++) {
      const provider = order === 0 ? choose(random) : 'south';
      const explores = order === 0 && provider === 'liar';
      refused = order === 0 && provider === 'north' && random() < 0.15;
      const place = story.attempts.length;
      const attempt: StoryAttempt = {
        id: attemptId(id, place + 1),
        provider,
        rule: explores ? 'explore' : 'best',
        operator,
        network: undefined,
        send,
        refused,
        claimedMs,
        settledMs: claimedMs + 40 + Math.floor(random() * 400),
        price: PRICE[provider],
      };
      story.attempts.push(attempt);
      claimedMs = attempt.settledMs + 5;
      if (refused) continue;
      const arrived = random() < ARRIVES[provider][country];
      const saysDelivered = provider === 'liar' || arrived;
      attempt.receipt = {
        status: saysDelivered ? 'delivered' : 'undelivered',
        atMs: attempt.claimedMs + 1_000 + Math.floor(random() * 5_000),
      };
      attempt.network = inNetwork;
      // one in fifty looks it up much later: typed, and no conversion
      const takesMs = random() < 0.02 ? 200_000 : 8_000 + Math.floor(random() * 40_000);
      if (arrived && random() < 0.95) story.typed = { attempt: place, atMs: attempt.claimedMs + takesMs };
    }
    claimedMs += 45_000;
    if (story.typed && send < 3 && random() < 0.15) askOnceMore(story, claimedMs);
    if (random() < 0.4) break;
  }
  story.canceled = !story.typed && random() < 0.3;
  return story;
}

/** Who asked for another code, and then typed the one before it, which had come meanwhile. */
function askOnceMore(story: Story, claimedMs: number): void {
  const last = story.attempts.at(-1)!;
  const id = attemptId(story.id, story.attempts.length + 1);
  const settledMs = claimedMs + 90;
  const { receipt: _, ...sent } = {
    ...last,
    id,
    provider: 'south',
    rule: 'best',
    network: undefined,
    price: PRICE.south,
  };
  story.attempts.push({ ...sent, send: last.send + 1, claimedMs, settledMs });
  story.typed!.atMs = settledMs + 4_000;
}

function choose(random: () => number): Provider {
  const drawn = random();
  if (drawn < 0.55) return 'north';
  return drawn < 0.85 ? 'south' : 'liar';
}

/** Mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
