/** Where a command's words go, and where its question is answered. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** Undefined where nobody can be asked. */
  ask: ((question: string) => Promise<boolean>) | undefined;
}
