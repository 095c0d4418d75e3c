import { fileURLToPath } from 'node:url';

/** The main of a service, which is started as a process: nothing of it is imported. */
export function servicePath(service: string): string {
  return fileURLToPath(new URL(`../../services/${service}/src/main.ts`, import.meta.url));
}
