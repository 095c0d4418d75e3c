export { runCommandLine } from './run-command-line.ts';
export type { Terminal } from './terminal.ts';
// The configuration of a first start, for whoever starts the same deployment otherwise.
export { API_KEY, APPLICATION_ID, SIMULATED } from './init/first-config.ts';
export { SECRETS_OF_SERVICE } from './init/deal-home.ts';
export { prepareHome, type Home } from './init/prepare-home.ts';
export { simulatedProviders } from './init/simulated-providers.ts';
