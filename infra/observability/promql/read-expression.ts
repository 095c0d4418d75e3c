import { parser } from '@prometheus-io/lezer-promql';

interface Matcher {
  label: string;
  op: string;
  value: string;
}

/** What an expression asks for. */
interface ReadExpression {
  /** Where the grammar does not take it. */
  faults: string[];
  selectors: { metric: string; matchers: Matcher[] }[];
  /** Labels that it groups, joins or aggregates by. */
  grouping: string[];
}

/** Reads PromQL by Prometheus' own grammar. Grafana's variables stand for something of their kind. */
export function readExpression(text: string): ReadExpression {
  const source = text.replaceAll('$__rate_interval', '5m');
  const read: ReadExpression = { faults: [], selectors: [], grouping: [] };
  const of = ({ from, to }: { from: number; to: number }): string => source.slice(from, to);
  parser.parse(source).iterate({
    enter(node) {
      if (node.type.isError) read.faults.push(`at ${node.from}: ${source.slice(node.from, node.from + 20)}`);
      if (node.name === 'Identifier') read.selectors.push({ metric: of(node), matchers: [] });
      if (node.name === 'UnquotedLabelMatcher') read.selectors.at(-1)!.matchers.push(readMatcher(of(node)));
      if (node.name === 'LabelName' && node.node.parent?.name === 'GroupingLabels') read.grouping.push(of(node));
    },
  });
  return read;
}

function readMatcher(text: string): Matcher {
  const [, label, op, value] = /^(\w+)\s*(=~|!~|!=|=)\s*(".*"|'.*')$/s.exec(text)!;
  return { label: label!, op: op!, value: JSON.parse(value!) as string };
}
