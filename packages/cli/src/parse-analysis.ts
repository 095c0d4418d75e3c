import { CHANNELS, QUALITY_STEPS, type Channel } from '@watchword/contracts';
import { EXPORT_TABLES, TABLE_NAMES, type TableName } from './export/tables.ts';
import { parseMoment, type Moment } from './moment.ts';

/** What analysts ask for. */
export type AnalysisCommand =
  | { name: 'export'; tables: readonly TableName[]; since: Moment; until?: Moment; out: string }
  | {
      name: 'quality chart';
      channel: Channel;
      country?: string;
      operator?: string;
      since: Moment;
      until?: Moment;
      step: (typeof QUALITY_STEPS)[number];
      out: string;
    };

/** A day is what most look at first; the topics have a week, that of quality a month. */
const SINCE_DEFAULT = '1d';
const EXPORT_OUT_DEFAULT = '.';
const CHART_OUT_DEFAULT = 'quality.svg';

/** As they were given; undefined where nothing was. */
export interface AnalysisValues {
  channel?: string | undefined;
  country?: string | undefined;
  operator?: string | undefined;
  out?: string | undefined;
  since?: string | undefined;
  step?: string | undefined;
  topic?: string | undefined;
  until?: string | undefined;
}

/** @throws Error saying what is wrong and what would be right */
export function parseExport(values: AnalysisValues): AnalysisCommand {
  return {
    name: 'export',
    tables: parseTables(values.topic),
    ...parseTime(values),
    out: values.out ?? EXPORT_OUT_DEFAULT,
  };
}

/** @throws Error saying what is wrong and what would be right */
export function parseChart({ channel, country, operator, step, out, ...values }: AnalysisValues): AnalysisCommand {
  if (country !== undefined && !/^[A-Z]{2}$/.test(country)) {
    throw new Error('--country must be two capital letters of ISO 3166-1, such as DE');
  }
  if (operator !== undefined && !/^\d{3}-\d{2,3}$/.test(operator)) {
    throw new Error('--operator must be MCC-MNC, such as 262-02');
  }
  return {
    name: 'quality chart',
    channel: parseWord('--channel', channel ?? 'sms', CHANNELS),
    ...(country !== undefined && { country }),
    ...(operator !== undefined && { operator }),
    ...parseTime(values),
    step: parseWord('--step', step ?? 'hour', QUALITY_STEPS),
    out: out ?? CHART_OUT_DEFAULT,
  };
}

function parseTime({ since = SINCE_DEFAULT, until }: AnalysisValues): { since: Moment; until?: Moment } {
  return {
    since: parseMoment('--since', since),
    ...(until !== undefined && { until: parseMoment('--until', until) }),
  };
}

/** `attempts,outcomes`, also by the topics' names. */
function parseTables(text: string | undefined): readonly TableName[] {
  if (text === undefined) return TABLE_NAMES;
  return text.split(',').map((given) => {
    const name = given.trim();
    const found = TABLE_NAMES.find((table) => table === name || EXPORT_TABLES[table].topic === name);
    if (!found) throw new Error(`--topic knows no "${name}"; it takes ${TABLE_NAMES.join(', ')}, several with commas`);
    return found;
  });
}

function parseWord<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new Error(`${option} must be ${words.join(', ').replace(/, (\w+)$/, ' or $1')}`);
  return found;
}
