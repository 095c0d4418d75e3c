/** One line of Prometheus' format. */
interface Sample {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}

/** What a page of `/metrics` says: the type of every metric, and all samples. */
export interface Exposition {
  types: ReadonlyMap<string, string>;
  samples: readonly Sample[];
}

/** @throws Error for a line that is none of the format */
export function parseExposition(page: string): Exposition {
  const lines = page.split('\n');
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]));
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseSample);
  return { types, samples };
}

function parseSample(line: string): Sample {
  const [, name, inner = '', value] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined) throw new Error(`no sample: ${line}`);
  const pairs = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label!, text!] as const);
  return { name, labels: new Map(pairs), value: Number(value!.replace('Inf', 'Infinity')) };
}
