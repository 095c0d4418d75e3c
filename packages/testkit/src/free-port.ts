import getPort from 'get-port';

/** Another process can take a port between the look and the bind; thrice in a row is something else. */
const TRIES = 3;

/** A free port on loopback. get-port does not give the same one twice within this process for half a minute. */
export function freePort(): Promise<number> {
  return getPort({ host: '127.0.0.1' });
}

/** Starts something on a free port, and on another one where it says that the address is in use. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === TRIES || !/address already in use/i.test(String(error))) throw error;
    }
  }
}
