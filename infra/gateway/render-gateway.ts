import { PATHS, type PathSpec } from '@watchword/contracts';

/** Every service listens on it in its own container. */
const PORT = 8080;
/** What is on the same port and for nobody outside. */
const INSIDE = ['metrics', 'livez', 'readyz'];
/** As the services' own bound on bodies: 64 kB. */
const BODY_MAX = '64k';
/** Above the time that a service gives its slowest handler, 15 s. */
const ANSWER_MAX = '20s';

export interface GatewayRule {
  path: RegExp;
  service: string;
}

/** Ingest serves what no rule names. */
export const FALLBACK_SERVICE = 'ingest';

/** Which paths are another service's than ingest's, from the path table; the first that fits counts. */
export function gatewayRules(): GatewayRule[] {
  const specs: PathSpec[] = Object.values(PATHS);
  return specs
    .filter(({ service }) => service !== FALLBACK_SERVICE)
    .map(({ path, service }) => ({ path: patternOf(path), service }));
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('*', '.*')}$`);
}

/** The configuration of the gateway that docker-compose.yml starts in front of the services. */
export function renderGateway(): string {
  const rules = gatewayRules().map(
    ({ path, service }) => `        "~${path.source.replaceAll(String.raw`\/`, '/')}" ${service};`,
  );
  return `# Made from the path table (packages/contracts/src/paths.ts) by \`npm run generate\`.
pid /tmp/nginx.pid;
error_log /dev/stderr warn;
events {}

http {
    # Addresses and codes are in requests: none of them goes into a log.
    access_log off;
    server_tokens off;
    client_max_body_size ${BODY_MAX};
    client_body_temp_path /tmp/body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # The network's own names, asked again: containers come and go.
    resolver 127.0.0.11 valid=5s;

    map $uri $service {
${rules.join('\n')}
        default ${FALLBACK_SERVICE};
    }

    server {
        listen ${PORT};

        location = /gateway { return 200 "ok\\n"; }
        location ~ ^/(${INSIDE.join('|')})$ { return 404; }
        location / {
            proxy_pass http://$service:${PORT};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection "";
            proxy_read_timeout ${ANSWER_MAX};
        }
    }
}
`;
}
