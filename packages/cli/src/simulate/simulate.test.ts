import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../run-command-line.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'watchword-simulate-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: string[][] = [[], []];
  const terminal = {
    out: (line: string) => void out!.push(line),
    err: (line: string) => void err!.push(line),
    ask: undefined,
  };
  const code = await runCommandLine(['simulate', ...args], {}, terminal);
  return { code, out: out!.join('\n'), err: err!.join('\n') };
}

const HEADER = {
  type: 'routing-trace',
  version: 1,
  country: 'XX',
  channel: 'sms',
  providers: ['a', 'b'],
  operators: ['o'],
  window_s: 180,
};
const write = (name: string, ...lines: readonly object[]) =>
  writeFileSync(at(name), lines.map((line) => JSON.stringify(line)).join('\n'));

describe('watchword simulate routing', () => {
  test('plays a trace that make-trace wrote, gzipped, and writes every choice', async () => {
    expect(await run('make-trace', '--out', at('t.gz'), '--seed', '3', '--rate', '20')).toMatchObject({ code: 0 });
    const played = await run('routing', '--trace', at('t.gz'), '--choices', at('choices'), '--json');
    const [found] = JSON.parse(played.out) as [{ sends: number; choices: Record<string, number> }];
    const choices = readFileSync(at('choices'), 'utf8').trim().split('\n');
    expect(choices).toHaveLength(found.sends);
    for (const [provider, count] of Object.entries(found.choices))
      expect(choices.filter((choice) => `p${choice}` === provider)).toHaveLength(count);
  });

  test('counts regret, conversions and choices as they are defined', async () => {
    const sends = [
      { t: 1, op: 0, u: 0.5, lat: 10, p: [0.6, 0.9] },
      { t: 2, op: 0, u: 0.95, lat: 10, p: [0.6, 0.9] },
    ];
    write('t.jsonl', HEADER, ...sends);
    const { out } = await run('routing', '--trace', at('t.jsonl'), '--policy', 'static', '--json');
    expect(JSON.parse(out)).toEqual([
      {
        trace: at('t.jsonl'),
        policy: 'static',
        sends: 2,
        conversions: 1,
        regret_per_1000: expect.closeTo(300, 9),
        choices: {
          a: 2,
          b: 0,
        },
      },
    ]);
    const all = await run('routing', '--trace', at('t.jsonl'), '--trace', at('t.jsonl'), '--policy', 'all');
    expect(all.out).toMatch(/policy +t\.jsonl +t\.jsonl +mean/);
    expect(all.out).toMatch(/static +300\.0 +300\.0 +300\.0/);
    expect(all.out).toMatch(/oracle +0\.0/);
  });

  test('names the file, the line and what to do where a trace is wrong', async () => {
    write('bad', HEADER, { t: 1, op: 0, u: 0.5, lat: 10, p: [0.6] });
    const bad = await run('routing', '--trace', at('bad'));
    expect(bad).toMatchObject({ code: 1, out: '' });
    expect(bad.err).toMatch(/bad, line 2: "p" must be 2 probabilities/);
    expect(await run('routing', '--trace', at('none'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cannot be read/),
    });
  });
});

describe('what if', () => {
  const attempt = (n: number, provider: string) => ({
    verification_id: `vf_1a3f${String(n)
      .padStart(26, 'a')
      .replaceAll(/\d/g, (digit) => 'bcdefghijk'[Number(digit)]!)}`,
    version: 1,
    tenant: 'shop',
    purpose: 'login',
    provider,
    channel: 'sms',
    country: 'DE',
    operator: '',
    attempt_id: `a${n}`,
    step: 0,
    send: 1,
    generation: 1,
    tag: 'x',
    state: 'accepted',
    claimed_at: 1,
    settled_at: 6e5,
    taken_over: false,
    revised: false,
    decision: {
      rule: 'explored',
      candidates: [
        {
          provider: 'a',
          eligible: true,
          score: 0.9,
        },
        {
          provider: 'b',
          eligible: true,
          score: 0.1,
        },
      ],
      propensity: 0.5,
    },
  });
  const outcome = ({ verification_id, attempt_id }: ReturnType<typeof attempt>, approved: boolean) => ({
    verification_id,
    version: 2,
    tenant: 'shop',
    purpose: 'login',
    outcome: approved ? 'approved' : 'expired',
    created_at: 0,
    ended_at: approved ? 2e4 : 6e5,
    checks_used: 1,
    attempts: 1,
    ...(approved && { attempt_id, submitted_at: 1 }),
  });

  test('estimates another policy from exported events, with its interval', async () => {
    const attempts = Array.from({ length: 400 }, (_, n) => attempt(n, n % 2 === 0 ? 'a' : 'b'));
    write('attempts', ...attempts);
    const outcomes = attempts.map((each, n) => JSON.stringify(outcome(each, n % 4 === 0)));
    writeFileSync(at('outcomes.gz'), gzipSync(outcomes.join('\n')));
    const { code, out } = await run('routing', '--events', at('attempts'), '--events', at('outcomes.gz'));
    expect(code).toBe(0);
    expect(out).toMatch(/as it was +25\.0 % converted/);
    expect(out).toMatch(/estimate +50\.0 %, 95 % between 43\.\d % and 56\.\d %/);
    expect(out).not.toMatch(/Too thin/);
  });

  test('says where that is too thin, and where a line is no event', async () => {
    write('few', attempt(1, 'a'), outcome(attempt(1, 'a'), false));
    expect((await run('routing', '--events', at('few'))).out).toMatch(
      /Too thin to rely on: it is worth only 1 attempts/,
    );
    write('bad', attempt(1, 'a'), { provider: 'a' });
    expect(await run('routing', '--events', at('bad'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/bad, line 2: this is no event of otp\.attempt\.v1/),
    });
    write('half', attempt(1, 'a'));
    expect(await run('routing', '--events', at('half'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no event of otp\.outcome\.v1 in .*half.*: export both topics/),
    });
    writeFileSync(at('blob'), 'x'.repeat(1_100_000));
    expect(await run('routing', '--events', at('blob'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/blob cannot be read: a line has more than/),
    });
    writeFileSync(at('torn.gz'), gzipSync('x'.repeat(100)).subarray(0, 20));
    expect(await run('routing', '--events', at('torn.gz'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/torn\.gz cannot be read: /),
    });
  });
});

test.each<[string[], RegExp]>([
  [['routing'], /takes either --trace/],
  [['routing', '--trace', 'a', '--events', 'b'], /takes either --trace/],
  [['routing', '--trace', 'a', '--policy', 'luck'], /no policy "luck"/],
  [['routing', '--events', 'a', '--policy', 'oracle'], /no policy "oracle"/],
  [['routing', '--trace', 'a', '--policy', 'all', '--choices', 'c'], /one policy/],
  [['routing', '--trace', 'a', '--seed', '0'], /--seed/],
  [['make-trace'], /needs --out/],
  [['risk'], /no command "simulate risk"/],
])('simulate %j is not understood, and the reason is told', async (args, why) => {
  const { code, err } = await run(...args);
  expect(code).toBe(2);
  expect(err).toMatch(why);
});
