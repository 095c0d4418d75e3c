import { Type } from 'typebox';
import { secret, share, url } from './fields.ts';

const closed = (description: string) => ({ additionalProperties: false, description });

const Otlp = Type.Object(
  {
    url: url('Where the collector takes traces by OTLP/HTTP, its path included: http://collector:4318/v1/traces.', [
      'http',
      'https',
    ]),
    headers: Type.Record(Type.String(), secret('Value.'), {
      maxProperties: 10,
      keyForm: '^[a-z0-9-]{1,60}$',
      keyExpected: 'names of headers, of lower case letters, digits and hyphens',
      description: 'What is sent along, to log in.',
      default: {},
    }),
  },
  closed('The collector.'),
);

export const TracingSection = Type.Object(
  {
    otlp: Otlp,
    sample: share(
      'Share of the starts whose way is traced. Callers that say in `traceparent` whether theirs is sampled decide for themselves.',
      { default: 0.01 },
    ),
  },
  closed('Traces of single verifications, see docs/tracing.md. Left out: none are made.'),
);
