/** What we read of a problem+json body. Both vendors' shapes of `invalid_parameters` (list and object) are understood. */
export interface VonageProblem {
  /** The number after `#` in `type`, which is the only stable name of a Messages error; some types end in words. */
  code?: string;
  title?: string;
  /** Names of the parameters that were found wrong. */
  invalidParameters: string[];
}

/** Reads a body as far as it can be read: HTML, an empty body and odd shapes give a problem without a code. */
export function parseProblem(body: string): VonageProblem {
  const problem = parseObject(body);
  const type = typeof problem?.['type'] === 'string' ? problem['type'] : '';
  const code = /#([A-Za-z0-9-]{1,40})$/.exec(type)?.[1];
  const title = problem?.['title'] ?? problem?.['error_title'];
  return {
    ...(code === undefined ? {} : { code }),
    ...(typeof title === 'string' ? { title } : {}),
    invalidParameters: parameterNames(problem?.['invalid_parameters']),
  };
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function parameterNames(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.map((entry) => asObject(entry)?.['name']).filter((name) => typeof name === 'string');
  }
  return Object.keys(asObject(value) ?? {});
}
