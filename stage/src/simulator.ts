import type { BehaviourPatch, LedgerEntry } from '@watchword/carrier-sim';
import { SIMULATED } from '@watchword/standalone';
import { freePort, startServiceProcess, type ServiceProcess } from '@watchword/testkit';
import { servicePath } from './service-path.ts';

export interface Simulator {
  url: string;
  smtpPort: number;
  pid: number;
  behave(provider: string, behaviour: BehaviourPatch): Promise<void>;
  /** Every submission since the start, oldest first; or those after the one with this number. */
  ledger(since?: number): Promise<LedgerEntry[]>;
  stop(): Promise<void>;
}

/**
 * Quick networks, so that what takes time is the product's; never slower than a call rings at this scale of time (some 0.3 s),
 * or nobody would pick up.
 */
const HURRIED = {
  latency: { kind: 'fixed', median_ms: 80, spread: 0.5 },
  submit_latency_ms: 20,
  receipts: { delay_ms: 500 },
  voice: { time_scale: 0.01 },
} as const satisfies BehaviourPatch;

/** The vendors' networks as a process of their own: whatever happens to the product, they remember what came. */
export async function startSimulator(at: {
  configPath: string;
  seed: number;
  log: (chunk: string) => void;
}): Promise<Simulator> {
  const [port, smtpPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const started: ServiceProcess = await startServiceProcess({
    name: 'carrier-sim',
    entry: servicePath('carrier-sim'),
    args: [
      '--config',
      at.configPath,
      '--port',
      String(port),
      '--smtp-port',
      String(smtpPort),
      '--seed',
      String(at.seed),
    ],
    readyUrl: `${url}/control/providers`,
    log: at.log,
  });
  const behave: Simulator['behave'] = async (provider, behaviour) => {
    const response = await fetch(`${url}/control/providers/${provider}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
    if (!response.ok) throw new Error(`the simulator refused a behaviour: ${await response.text()}`);
  };
  await Promise.all(Object.values(SIMULATED).map((names) => Promise.all(names.map((name) => behave(name, HURRIED)))));
  return {
    url,
    smtpPort,
    pid: started.pid,
    behave,
    ledger: (since = 0) => readLedger(url, since),
    stop: () => started.stop(),
  };
}

async function readLedger(url: string, after: number): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let since = after; ;) {
    const response = await fetch(`${url}/control/ledger?since=${since}`);
    const page = (await response.json()) as { entries: LedgerEntry[]; next: number };
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
    since = page.next;
  }
}
