import { relative } from 'node:path';
import type { Standalone } from './run-standalone.ts';

/** What a newcomer needs to see: where everything is, and commands to paste. */
export function welcome({ addresses, home, logPath }: Standalone, workingDir: string): string {
  const { api_url, api_key, inbox_url, metrics_url, simulator_url } = addresses;
  const shown = (path: string): string => {
    const short = relative(workingDir, path);
    return short.startsWith('..') ? path : short;
  };
  const post = (path: string, body: string): string =>
    `  curl -s ${api_url}${path} -H 'authorization: Bearer ${api_key}' \\\n` +
    `    -H 'content-type: application/json' -d '${body}'`;
  return `
Watchword is ready.

  API         ${api_url}
  API key     ${api_key}
  Reference   ${api_url}/docs (of ${api_url}/openapi.json)
  Inbox page  ${inbox_url}
  Metrics     ${metrics_url}
  Simulator   ${simulator_url}/control/providers
  Config      ${shown(home.configPath)}${home.first ? ' (written just now, with random secrets beside it)' : ''}
  Log         ${shown(logPath)}

Send a code, read it on the inbox page, check it:

${post('/v1/verifications', '{"to": "+12025550123", "workflow": ["sms", "voice"]}')}

${post('/v1/verifications/check', '{"to": "+12025550123", "code": "THE CODE"}')}
`;
}
