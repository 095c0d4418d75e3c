import { ERROR_MODES, type ErrorMode } from '@watchword/carrier-sim';
import { waitFor } from '@watchword/testkit';
import { SIMULATED } from '@watchword/cli';
import { untilServed, wrongCodes, type Api, type ApiBody } from './start-api.ts';
import { freshNumber } from './start-product.ts';
import { watchInbox, type InboxWatch } from './watch-inbox.ts';

/** At once; the whole product and the network share this process. */
const AT_ONCE = 16;
/** Every so many persons have a network that fails them. */
const FAILING_EVERY = 25;

/** For one in four: each is a signed call by HTTP, and they are all alike. */
const SOME_RECEIPTS = { receipts: { mode: 'none', probability: 0.75 } } as const;

const CHANNELS = ['sms', 'voice', 'email'] as const;

interface Person {
  n: number;
  to: string;
  channel: (typeof CHANNELS)[number];
  /** A second address, for workflows. */
  other: string;
  failure?: ErrorMode;
}

export interface Traffic {
  ids: string[];
  addresses: Set<string>;
  /** Every code that reached somebody, and some that were only typed. */
  codes: Set<string>;
}

/** `count` verifications of every kind, each followed to its end. Addresses that were only refused count too. */
export async function runMixedTraffic(api: Api, count: number): Promise<Traffic> {
  const persons = Array.from({ length: count }, (_, n) => createPerson(n));
  await prepareFailures(api, persons);
  const traffic: Traffic = { ids: [], addresses: new Set(), codes: new Set() };
  for (const { to, other } of persons) traffic.addresses.add(to).add(other);
  const inbox = await watchInbox(api.product);
  const queue = [...persons];
  const worker = async (): Promise<void> => {
    for (let person = queue.pop(); person; person = queue.pop()) traffic.ids.push(await follow(api, inbox, person));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await refuseSome(api, traffic);
  for (const code of inbox.codes()) traffic.codes.add(code);
  inbox.stop();
  return traffic;
}

function createPerson(n: number): Person {
  const channel = CHANNELS[n % CHANNELS.length]!;
  const mailbox = (): string => `person.${n}.${Math.random().toString(36).slice(2)}@example.com`;
  const person = { n, channel, to: channel === 'email' ? mailbox() : freshNumber(), other: mailbox() };
  if (n % FAILING_EVERY !== 0) return person;
  const modes = ERROR_MODES.filter((mode) => channel !== 'email' || mode !== 'html_200');
  return { ...person, failure: modes[Math.floor(n / FAILING_EVERY / CHANNELS.length) % modes.length]! };
}

/** The first provider of a channel fails for some; the second too for a number that nobody has. */
async function prepareFailures(api: Api, persons: readonly Person[]): Promise<void> {
  for (const channel of CHANNELS) {
    const failing = persons.filter((person) => person.channel === channel && person.failure);
    const first = Object.fromEntries(failing.map(({ to, failure }) => [to, failure!]));
    const both = Object.fromEntries(Object.entries(first).filter(([, failure]) => failure === 'invalid_number'));
    await api.product.behave(SIMULATED[channel][0], { by_recipient: first, ...SOME_RECEIPTS });
    await api.product.behave(SIMULATED[channel][1], { by_recipient: both, ...SOME_RECEIPTS });
  }
}

/** One person's way through the API, to the end of the verification. */
async function follow(api: Api, inbox: InboxWatch, person: Person): Promise<string> {
  const { demo } = api;
  const { n, to, channel, other } = person;
  const headers = n % 4 === 0 ? { 'idempotency-key': `${to}|${n}` } : {};
  const workflow = n % 10 === 9 ? [channel, { channel: 'email', to: other }] : undefined;
  const reference = { client_reference: `r${n}`, client_ip: `203.0.${Math.floor(n / 200)}.${n % 200}` };
  const asked = { to, ...(workflow ? { workflow } : { channel }), ...reference };
  const { id } = (await untilServed(async () => demo.start(asked, headers))).body;
  if (person.failure) {
    await waitFor(async () => isOver((await demo.read(id)).body), {
      timeoutMs: 15_000,
      intervalMs: 100,
      what: 'an attempt',
    });
    await demo.act('cancel', id);
    return id;
  }
  const code = await inbox.code(to, 1);
  switch (n % 10) {
    case 5:
      await demo.check(id, wrongCodes(1, code)[0]!);
      await demo.check(id, ` ${code.slice(0, 3)}-${code.slice(3)}`, headers);
      break;
    case 6:
      await waitFor(async () => (await demo.act('resend', id)).body.sent, {
        timeoutMs: 5_000,
        intervalMs: 100,
        what: 'a resend',
      });
      await demo.check(id, await inbox.code(to, 2));
      break;
    case 7:
      await demo.act('cancel', id);
      await demo.check(id, code);
      break;
    case 8:
      for (const wrong of wrongCodes(6, code)) await demo.check(id, wrong);
      await demo.check(id, code, headers);
      break;
    case 9:
      await demo.act('next', id);
      await demo.check(id, await inbox.code(other, 1));
      break;
    default:
      await (n % 2 === 0 ? demo.check(id, code) : demo.checkByAddress({ to, code }));
  }
  return id;
}

/** No send is open: it has ended, or its last attempt has settled and no other follows. */
function isOver({ status, attempts }: ApiBody): boolean {
  return (
    status !== 'pending' ||
    attempts.some(({ state }) => state === 'accepted') ||
    (attempts.length > 1 && attempts.every(({ state }) => state !== 'submitting'))
  );
}

/** Requests that are refused, with addresses and codes where they do not belong. */
async function refuseSome({ demo }: Api, { ids, addresses, codes }: Traffic): Promise<void> {
  const [id] = ids;
  for (const to of [...addresses].slice(0, 20)) {
    const given = Math.floor(100_000 + Math.random() * 900_000);
    codes.add(String(given));
    await demo.start({ to: `${to} ext 5` });
    await demo.start({ to, channel: to });
    await demo.start({ to, [to]: 1 });
    await demo.start({ to, purpose: to });
    await demo.start({ workflow: [{ channel: 'email', to: `${to},x@example.com` }] });
    await demo.ask('POST', '/v1/verifications', `{"to":"${to}`);
    await demo.ask('POST', `/v1/verifications/${id}/check`, { code: given });
    await demo.ask('POST', `/v1/verifications/${id}/check`, `{"code":"${given}"`);
    await demo.checkByAddress({ to, code: String(given), purpose: 'other' });
    await demo.ask('GET', `/v1/verifications/${encodeURIComponent(to)}`);
  }
}
