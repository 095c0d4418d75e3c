import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckAnswer, SendAnswer } from '@watchword/contracts';
import type { ApiClient, Call, Called } from './api-client.ts';
import type { PersonPlan } from './plan-person.ts';
import { wrongCode } from './read-code.ts';
import type { CheckRecord, CheckVerdict, OtpRecord, SeenMessage, StartRecord } from './record.ts';
import type { InboxWatch } from './watch-inbox.ts';

/** Above the cool-down of the chaos configuration. */
const RESEND_AFTER_MS = 2_500;
/** A second message that takes longer is not waited for: the first one's code is typed. */
const SECOND_MESSAGE_MS = 8_000;
const TABS = 3;

export interface PersonDeps {
  call: ApiClient;
  instances: (role: 'ingest' | 'verify') => readonly string[];
  inbox: InboxWatch;
  /** How long the platform goes on trying. */
  patienceMs: number;
}

/** One OTP from the platform's start to the person's last key. Never rejects for what the product does. */
export async function livePerson(deps: PersonDeps, plan: PersonPlan): Promise<OtpRecord> {
  const { n, to, channel, habit, lifeSeconds } = plan;
  const otp: OtpRecord = {
    n,
    to,
    channel,
    habit,
    lifeMs: lifeSeconds * 1000,
    secondStepAfterMs: plan.secondStepAfter === undefined ? undefined : plan.secondStepAfter * 1000,
    askedAt: Date.now(),
    start: { outcome: 'gaveUp', at: 0 },
    messages: [],
    checks: [],
    resends: [],
    faults: [],
  };
  const person = createPerson(deps, otp, plan);
  otp.start = await person.start();
  if (otp.start.outcome !== 'accepted') return otp;
  const { id, expiresAt } = otp.start;
  otp.messages = [...(await deps.inbox.messages(to, 1, expiresAt))];
  if (otp.messages.length === 0 || habit === 'never') return otp;
  await sleep(plan.thinkMs);
  if (habit === 'resend') await person.resend(id, expiresAt);
  const newest = otp.messages.at(-1)!;
  if (habit === 'wrongFirst') await person.check(id, undefined, 'wrong');
  if (habit === 'parallel') {
    await Promise.all(Array.from({ length: TABS }, async (_, tab) => person.check(id, newest, `tab${tab}`)));
    return otp;
  }
  await person.check(id, newest, 'right');
  if (habit === 'twice') await person.check(id, newest, 'again');
  return otp;
}

function createPerson(deps: PersonDeps, otp: OtpRecord, plan: PersonPlan) {
  const { to, key } = plan;
  const common = { method: 'POST', patienceMs: deps.patienceMs } as const;
  const onFault: Call['onFault'] = (fault) => otp.faults.push(fault);
  return {
    async start(): Promise<StartRecord> {
      const called = await deps.call({
        ...common,
        instances: () => deps.instances('ingest'),
        path: '/v1/verifications',
        body: startBody(plan),
        key,
        onFault,
      });
      return readStart(called);
    },
    async resend(id: string, expiresAt: number): Promise<void> {
      await sleep(RESEND_AFTER_MS);
      const called = await deps.call({
        ...common,
        instances: () => deps.instances('ingest'),
        path: `/v1/verifications/${id}/resend`,
        key: `${key}-resend`,
        onFault,
      });
      const answered = called.outcome === 'answered';
      const sent = answered && called.status === 202 && (called.body as SendAnswer).sent;
      otp.resends.push({ at: called.at, status: answered ? called.status : 0, sent });
      if (!sent) return;
      const until = Math.min(expiresAt, Date.now() + SECOND_MESSAGE_MS);
      otp.messages = [...(await deps.inbox.messages(to, otp.messages.length + 1, until))];
    },
    /** Without a message a wrong code is typed. */
    async check(id: string, message: SeenMessage | undefined, name: string): Promise<void> {
      const askedAt = Date.now();
      const checkKey = `${key}-${name}`;
      const called = await deps.call({
        ...common,
        instances: () => deps.instances('verify'),
        path: `/v1/verifications/${id}/check`,
        body: { code: message?.code ?? wrongCode(otp.messages.map(({ code }) => code)) },
        key: checkKey,
        onFault,
      });
      otp.checks.push({
        askedAt,
        key: checkKey,
        right: message !== undefined,
        ...readCheck(called),
        ...seenAt(message),
      });
    },
  };
}

function startBody({ to, channel, lifeSeconds, secondStepAfter }: PersonPlan): object {
  const common = { to, life_seconds: lifeSeconds };
  if (secondStepAfter === undefined) return { ...common, channel };
  return { ...common, workflow: [{ channel, timeout_seconds: secondStepAfter }, { channel }] };
}

const seenAt = (message: SeenMessage | undefined) => (message ? { messageAt: message.at } : {});

function readStart(called: Called): StartRecord {
  if (called.outcome === 'gaveUp') return called;
  const { at, status, body, replayed } = called;
  if (status !== 202) return { outcome: 'refused', at, status, code: String(body['code']) };
  const { id, expires_at: expires } = body as SendAnswer;
  return { outcome: 'accepted', at, id, expiresAt: Date.parse(expires), replayed };
}

function readCheck(called: Called): Pick<CheckRecord, 'at' | 'verdict' | 'status' | 'state' | 'replayed'> {
  if (called.outcome === 'gaveUp') {
    return { at: called.at, verdict: 'gaveUp', status: 0, state: '', replayed: false };
  }
  const { at, status, replayed } = called;
  const body = called.body as Partial<CheckAnswer>;
  return { at, status, replayed, state: body.status ?? '', verdict: verdictOf(status, body) };
}

function verdictOf(status: number, body: Partial<CheckAnswer>): CheckVerdict {
  if (status === 404) return 'unknown';
  if (status === 429) return 'locked';
  if (status !== 200) return 'other';
  if (body.valid === true) return 'approved';
  if (body.status === 'pending') return 'wrong';
  return body.status === 'failed' && body.checks_remaining === 0 ? 'failed' : 'ended';
}
