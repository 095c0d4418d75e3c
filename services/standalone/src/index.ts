// For tools that run the same deployment otherwise: the configuration of a first start, and the simulator's side of it.
export { API_KEY, APPLICATION_ID, prepareHome, SIMULATED, simulatedProviders, type Home } from '@watchword/cli';
