// For tools that run the same deployment otherwise: the configuration of a first start, and the simulator's side of it.
export { prepareHome, type Home } from './first-run.ts';
export { API_KEY, APPLICATION_ID, SIMULATED } from './first-config.ts';
export { simulatedProviders } from './simulated-providers.ts';
