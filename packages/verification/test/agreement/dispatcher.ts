import { decideNext, type Trigger, type Verification } from '../../src/index.ts';
import * as gate from '../../src/model/gate.ts';
import { agree, type Bench, type Looked } from './bench.ts';
import { DURATIONS, WINDOWS, type Candidate } from './universe.ts';
import { expect } from 'vitest';

function workflowOf(state: Verification) {
  return (state.request?.workflow ?? []).map(({ channel, timeout_ms }) => ({
    channel,
    timeoutMs: timeout_ms,
  }));
}

export async function look(bench: Bench, candidate: Candidate, trigger: Trigger): Promise<Looked | undefined> {
  const { now, verification: state } = await bench.store.read(candidate.id);
  expect(state, 'what read answers').toEqual(gate.find(bench.world, candidate.id));
  if (!state) {
    await rearm(bench, candidate.id, undefined);
    return undefined;
  }
  const decision = decideNext(state, workflowOf(state), { trigger, now }, DURATIONS);
  return { candidate, state, decision };
}

/** Carries out what was decided, on what may have changed since. */
export async function act(bench: Bench, looked: Looked): Promise<void> {
  const { candidate, state } = looked;
  let { decision } = looked;
  if (decision.move === 'advance' && decision.charge) {
    const { request } = candidate;
    const recipient = request.recipients[request.workflow[decision.plan.step]!.recipient]!;
    const input = { recipient, id: state.id, send: decision.plan.send, windows: WINDOWS };
    const charged = await agree(
      bench,
      'charge',
      async () => bench.store.charge(recipient, input.id, input.send, WINDOWS),
      (world, now) => gate.charge(world, input, now),
    );
    if (charged.outcome === 'refused') {
      const event = { trigger: 'deadline', now: charged.now, refused: true } as const;
      decision = decideNext(state, workflowOf(state), event, DURATIONS);
    }
  }
  switch (decision.move) {
    case 'none':
      await rearm(bench, state.id, state.version);
      return;
    case 'advance': {
      const { plan, commands } = decision;
      if (plan.opens)
        expect(
          state.attempts.map((attempt) => attempt.state),
          'opens while an attempt is out',
        ).not.toContain('submitting');
      const command = commands.map(({ send, n }) => `${send}-${n}`).join();
      await agree(
        bench,
        'advance',
        async () => bench.store.advance(state, plan, command),
        (world, now) => gate.advance(world, { state, plan, command }, now),
      );
      return;
    }
    case 'takeOver': {
      const { k } = decision;
      await agree(
        bench,
        'takeOver',
        async () => bench.store.takeOver(state, k),
        (world, now) => gate.takeOver(world, { state, k }, now),
      );
      return;
    }
    case 'expire':
      await agree(
        bench,
        'expire',
        async () => bench.store.expire(state.id),
        (world, now) => gate.expire(world, { id: state.id }, now),
      );
      return;
    case 'fail':
      await agree(
        bench,
        'fail',
        async () => bench.store.fail(state),
        (world, now) => gate.fail(world, { state }, now),
      );
  }
}

export async function rearm(bench: Bench, id: string, version: number | undefined): Promise<void> {
  await agree(
    bench,
    'rearm',
    async () => bench.store.rearm(id, version),
    (world, now) => gate.rearm(world, { id, version }, now),
  );
}
