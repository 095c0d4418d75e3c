/** Every namespace the SDK's packages log under; what they log includes keys, authorization headers, numbers and texts. */
const REVEALING_NAMESPACES = [
  '@vonage/voice',
  'vonage:auth',
  'vonage:file-client',
  'vonage:jwt:tokenGenerate',
  'vonage:jwt:verifySignature',
  'vonage:messages',
  'vonage:messages:sms',
  'vonage:server-client',
];

/** Whether a `DEBUG` variable turns on any of them, by the rules of the npm package `debug` (`*`, lists, `-` excludes). */
export function debugReveals(debug: string | undefined): boolean {
  const patterns = (debug ?? '').split(/[\s,]+/).filter(Boolean);
  const excluded = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1));
  const included = patterns.filter((pattern) => !pattern.startsWith('-'));
  return REVEALING_NAMESPACES.some(
    (namespace) =>
      included.some((pattern) => matches(pattern, namespace)) &&
      !excluded.some((pattern) => matches(pattern, namespace)),
  );
}

function matches(pattern: string, namespace: string): boolean {
  const literal = pattern.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*?')}$`).test(namespace);
}
