import type { Deployment } from '@watchword/stage';

const ASK_MS = 5_000;

/** The sum of a counter over all processes that answer. A process that was killed has taken its counts along. */
export async function readCounter(services: Deployment, name: string): Promise<number> {
  const pages = await Promise.all(services.instances().map(async ({ url }) => readPage(`${url}/metrics`)));
  const samples = pages.flatMap((page) => page.split('\n')).filter((line) => line.startsWith(`${name}{`));
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

async function readPage(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(ASK_MS) })).text();
  } catch {
    // one that does not answer is told as not ready
    return '';
  }
}
