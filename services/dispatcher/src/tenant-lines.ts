/** A send that waits for its channel. Times are ms by Redis' clock. */
export interface WaitingSend {
  id: string;
  tenant: string;
  /** Since when the person waits for it. */
  since: number;
  createdAt: number;
  expiresAt: number;
}

/** How long who waits is left alone at first. */
export const REST_MIN_MS = 10_000;
/**
 * Whoever waits and has not ended is called by a deadline when its rest is over. After so many rests without a call it has
 * ended, or waits elsewhere; it is left out of what waits, and at its turn nothing comes of it.
 */
export const RESTS_UNSEEN_MAX = 3;

/** What the lines look like: for metrics and for those who may still add to them. */
export interface LinesSurvey {
  oldestMs: number;
  /** By tenant: how many wait, and the largest part of its life (`lifeMs`) that one of them has waited. */
  tenants: ReadonlyMap<string, { waiting: number; share: number; lifeMs: number }>;
}

export interface TenantLines {
  /** Takes it in behind its tenant's others; one that waits already keeps its place. False: the lines are full. */
  add(send: WaitingSend): boolean;
  /** Whether it waits; its deadline has called for it, so it has not ended, and will again in `restMs`. */
  see(id: string, now: number, restMs: number): boolean;
  has(id: string): boolean;
  size(): number;
  /** Whose turn it is. Those whose life is over are left out: their own deadline ends them. */
  take(now: number): WaitingSend | undefined;
  /** Gives one back that was taken and could not go: it is its tenant's first again. */
  putBack(send: WaitingSend): void;
  /** Those whose life is over or that have ended do not count. */
  survey(now: number): LinesSurvey;
}

/**
 * The sends that wait for one channel: a line for each tenant, first in first out, and one from each line in turn. So a tenant
 * waits for the heads of the others' lines, however long these are. Without weights: whoever sends little is served at once, and
 * those who send too much share what is left alike.
 *
 * Full lines make room for a tenant with few by giving up the last of the longest line. What is given up or not taken is not
 * lost: it waits in the state, whose deadline brings it back.
 *
 * @param most sends in all lines together
 */
export function createTenantLines(most: number): TenantLines {
  /** In the order of their turns. */
  const lines = new Map<string, Line>();
  /** By when a deadline has called for each again, unless it has ended; unset until a survey meets it. */
  const waiting = new Map<string, number | undefined>();

  const longest = (): Line => [...lines.values()].reduce((one, other) => (other.size() > one.size() ? other : one));

  function makeRoom(tenant: string): boolean {
    const line = longest();
    if ((lines.get(tenant)?.size() ?? 0) + 1 >= line.size()) return false;
    waiting.delete(line.dropLast().id);
    return true;
  }

  function lineOf(tenant: string): Line {
    let line = lines.get(tenant);
    if (!line) lines.set(tenant, (line = createLine()));
    return line;
  }

  function calledBy(id: string, now: number): number {
    const by = waiting.get(id) ?? now + RESTS_UNSEEN_MAX * REST_MIN_MS;
    waiting.set(id, by);
    return by;
  }

  function takeTurn(): WaitingSend | undefined {
    for (const [tenant, line] of lines) {
      const send = line.takeFirst();
      lines.delete(tenant);
      if (line.size() > 0) lines.set(tenant, line);
      waiting.delete(send.id);
      return send;
    }
    return undefined;
  }

  return {
    add(send) {
      if (waiting.has(send.id)) return true;
      if (waiting.size >= most && !makeRoom(send.tenant)) return false;
      waiting.set(send.id, undefined);
      lineOf(send.tenant).add(send);
      return true;
    },
    has: (id) => waiting.has(id),
    see(id, now, restMs) {
      if (!waiting.has(id)) return false;
      waiting.set(id, now + RESTS_UNSEEN_MAX * restMs);
      return true;
    },
    size: () => waiting.size,
    take(now) {
      let send = takeTurn();
      while (send && send.expiresAt <= now) send = takeTurn();
      return send;
    },
    putBack(send) {
      if (waiting.has(send.id)) return;
      waiting.set(send.id, undefined);
      lineOf(send.tenant).putFirst(send);
    },
    survey(now) {
      let oldestMs = 0;
      const tenants = new Map<string, { waiting: number; share: number; lifeMs: number }>();
      for (const [tenant, line] of lines) {
        const worst = { waiting: 0, share: 0, lifeMs: 0 };
        for (const { id, since, createdAt, expiresAt } of line.all()) {
          if (expiresAt <= now || now > calledBy(id, now)) continue;
          worst.waiting += 1;
          const [waitedMs, lifeMs] = [now - since, expiresAt - createdAt];
          oldestMs = Math.max(oldestMs, waitedMs);
          if (worst.lifeMs === 0 || waitedMs > worst.share * lifeMs)
            Object.assign(worst, { share: waitedMs / lifeMs, lifeMs });
        }
        if (worst.waiting > 0) tenants.set(tenant, worst);
      }
      return { oldestMs, tenants };
    },
  };
}

type Line = ReturnType<typeof createLine>;

/** Never empty while it is among the lines. Its front is cut off in large pieces: shifting an array moves all of it. */
function createLine() {
  let sends: WaitingSend[] = [];
  let first = 0;
  return {
    size: () => sends.length - first,
    add: (send: WaitingSend) => void sends.push(send),
    putFirst(send: WaitingSend): void {
      if (first > 0) sends[--first] = send;
      else sends.unshift(send);
    },
    takeFirst(): WaitingSend {
      const send = sends[first++]!;
      if (first > 1_000 && 2 * first > sends.length) {
        sends = sends.slice(first);
        first = 0;
      }
      return send;
    },
    dropLast: () => sends.pop()!,
    *all(): Generator<WaitingSend> {
      for (let i = first; i < sends.length; i++) yield sends[i]!;
    },
  };
}
