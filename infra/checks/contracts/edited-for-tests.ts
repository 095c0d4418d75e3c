import type { Json } from './resolve-refs.ts';

/** Where (names, with blanks between; `-` appends to a list) and what; without a value it is taken away. */
export type Edit = [place: string, value?: unknown];

/** A copy of a document with something else in some places. */
export function edited(document: object, ...edits: readonly Edit[]): Json {
  const copy = JSON.parse(JSON.stringify(document)) as Json;
  for (const [place, value] of edits) {
    const names = place.split(' ');
    const last = names.pop()!;
    const parent = names.reduce(
      (found, name) => {
        const next = found[name] as Record<string, unknown> | undefined;
        if (!next) throw new Error(`the document has no ${place}`);
        return next;
      },
      copy as Record<string, unknown>,
    );
    if (last === '-') (parent as unknown as unknown[]).push(value);
    else if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}
