/** The keys of quality, all under one tag: a script may use any of them together. */
export function qualityKeys(namespace: string) {
  const tag = `{${namespace}quality}`;
  return {
    /** Up to where each partition is counted. */
    places: `${tag}:places`,
    /** When each cell was counted last. */
    changed: `${tag}:changed`,
    bucketsOf: (cell: string): string => `${tag}:c:${cell}`,
    /** Minutes of cells whose counts have changed since they were taken to be published, by their beginning. */
    minutesChanged: `${tag}:minutes:changed`,
    /** Those that were taken and are not published yet, by the revision that they are published as. */
    minutesTaken: `${tag}:minutes:taken`,
    revision: `${tag}:minutes:revision`,
    /** Each route's scores, and when it was written. */
    scores: `${tag}:scores`,
    scoresWritten: `${tag}:written`,
    leaseOf: (name: string): string => `${tag}:lease:${name}`,
    breakers: `${tag}:breakers`,
    /** Whose receipts are fakes. */
    fakes: `${tag}:fakes`,
  };
}
