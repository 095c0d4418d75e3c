import { dealHome } from './deal-home.ts';
import { prepareHome } from './prepare-home.ts';
import type { Terminal } from '../terminal.ts';

export interface InitCommand {
  name: 'init';
  /** Where configuration and secrets are, or will be. */
  dir: string;
  /** Where each service gets a folder of its own. */
  deal?: string;
  /** The address that services listen on. */
  listen: string;
  simulatorHost: string;
  /** Prints the API key and nothing else. */
  showKey: boolean;
}

/** `watchword init`: a first configuration for processes or containers. What is there stays as it is. */
export function init(command: InitCommand, terminal: Pick<Terminal, 'out'>): number {
  const { dir, deal, listen, simulatorHost, showKey } = command;
  const home = prepareHome(dir, { listen, simulatorHost, logLevel: 'info' });
  if (showKey) {
    terminal.out(home.secret('api-key'));
    return 0;
  }
  terminal.out(
    `${home.configPath}: ${home.first ? 'written, with random secrets beside it' : 'there already, and left as it is'}`,
  );
  if (deal !== undefined) terminal.out(`${deal}: dealt to ${dealHome(home, deal).join(', ')}`);
  return 0;
}
