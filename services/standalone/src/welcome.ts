import type { Standalone } from './run-standalone.ts';

/** What a newcomer needs to see: where everything is, and a command to paste. */
export function welcome({ addresses, configPath, first }: Standalone): string {
  const { api_url, api_key, inbox_url, metrics_url, simulator_url } = addresses;
  return `
Watchword is ready.

  API        ${api_url}            (OpenAPI: ${api_url}/openapi.json)
  API key    ${api_key}
  Inbox      ${inbox_url}
  Simulator  ${simulator_url}/control/providers
  Metrics    ${metrics_url}
  Config     ${configPath}${first ? ' (written just now, with random secrets beside it)' : ''}

  curl -s ${api_url}/v1/verifications -H 'authorization: Bearer ${api_key}' \\
    -H 'content-type: application/json' -d '{"to": "+12025550123", "workflow": ["sms", "voice"]}'
`;
}
